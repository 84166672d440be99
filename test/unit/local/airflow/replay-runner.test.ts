import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseInvocation } from '../../../../airflow/parse-invocation.ts';
import { determineVerdict } from '../../../../airflow/verdict.ts';
import { getInstallableRelease } from '../../../../local/airflow/installable-releases.ts';
import { createReplayRunner, NOT_RECORDED_EXIT_CODE } from '../../../../local/airflow/replay-runner.ts';
import { getTranscriptFile } from '../../../../local/airflow/transcript.ts';
import { AIRFLOW_2, AIRFLOW_3 } from '../../../catalogs.ts';

const conf = `{"note":"it\\u0027s \\u002410 in Zürich"}`;
const formatTriggerCommand = (runId: string) =>
  `dags trigger --conf='${conf}' --run-id=${runId} --output=json --no-replace-microseconds daily_report`;

describe.each(['2.10.3', '3.0.6'])('the replay of Airflow %s', (release) => {
  const listRuns = `dags list-runs --output=json ${release.startsWith('2.') ? '--dag-id=' : ''}daily_report`;
  const parseLastLine = (stdout: Buffer) => JSON.parse(stdout.toString().trim().split('\n').at(-1) as string);

  test('states on stderr of every result that nothing was run', async () => {
    const replay = await createReplayRunner(release);
    const results = await Promise.all(['version', 'dags trigger', 'db reset', `'`].map((text) => replay.run(text)));

    expect(replay).toMatchObject({ kind: 'replay', release });
    for (const { stderr } of results) {
      expect(stderr.toString().split('\n')[0]).toBe(`REPLAY: recorded from Airflow ${release}, nothing was run`);
    }
    expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 2, NOT_RECORDED_EXIT_CODE, NOT_RECORDED_EXIT_CODE]);
    expect(results[0]?.stdout.toString()).toBe(`${release}\n`);
    expect(results[2]?.stderr.toString()).toContain('no transcript has this command: db reset');
  });

  test('replays a trigger and lists that run afterwards', async () => {
    const replay = await createReplayRunner(release);
    const triggered = await replay.run(formatTriggerCommand('my-run'));
    const listed = await replay.run(listRuns);

    expect(triggered.exitCode).toBe(0);
    expect(parseLastLine(triggered.stdout)).toMatchObject([
      { dag_id: 'daily_report', dag_run_id: 'my-run', conf: { note: `it's $10 in Zürich` } },
    ]);
    expect(parseLastLine(listed.stdout)).toMatchObject([{ dag_id: 'daily_report', run_id: 'my-run' }]);
  });

  test('lists the recorded run if nothing was triggered', async () => {
    expect(parseLastLine((await (await createReplayRunner(release)).run(listRuns)).stdout)).toMatchObject([
      { run_id: 'recorded-run' },
    ]);
  });

  test('finds a command with options in another order and with the separator --', async () => {
    const replay = await createReplayRunner(release);
    const text = `dags trigger --no-replace-microseconds --output=json --run-id='a "b"' --conf='{}' -- reporting_daily`;
    const result = await replay.run(text);

    expect(result.exitCode).toBe(0);
    expect(parseLastLine(result.stdout)).toMatchObject([{ dag_id: 'reporting_daily', dag_run_id: 'a "b"', conf: {} }]);
  });

  test('replays failures', async () => {
    const replay = await createReplayRunner(release);
    const result = await replay.run(formatTriggerCommand('x').replace('daily_report', 'no_such_dag'));

    expect(result.exitCode).toBe(1);
    expect(result.stderr.toString()).toContain('DagNotFound');
  });

  test('a command that is not recorded fails as a usage error', async () => {
    const words = ['dags', 'details', 'no_such_dag'];
    const { stdout, stderr } = await (await createReplayRunner(release)).run(words.join(' '));
    const invocation = parseInvocation(release === AIRFLOW_2.airflow ? AIRFLOW_2 : AIRFLOW_3, words);
    const streams = { stdout: stdout.toString(), stderr: stderr.toString(), returncode: undefined };
    const verdict = determineVerdict(invocation, 200, streams, release);

    expect(verdict).toMatchObject({ outcome: 'failed', evidence: "argparse's usage error" });
  });

  test('contains no path of the machine on which it was recorded', () => {
    const transcript = readFileSync(getTranscriptFile(release), 'utf8');

    expect(getInstallableRelease(release).cutoff).toMatch(/^20\d\d-/);
    expect(transcript).not.toMatch(/\/(tmp|root|home|Users|work)\//);
  });
});
