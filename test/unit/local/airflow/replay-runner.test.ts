import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { getInstallableRelease } from '../../../../local/airflow/installable-releases.ts';
import { createReplayRunner, NOT_RECORDED_EXIT_CODE } from '../../../../local/airflow/replay-runner.ts';
import { getTranscriptFile } from '../../../../local/airflow/transcript.ts';

const conf = `{"note":"it\\u0027s \\u002410 in Zürich"}`;
const formatTriggerCommand = (runId: string) =>
  `dags trigger --conf='${conf}' --run-id=${runId} --output=json --no-replace-microseconds daily_report`;

describe.each(['2.10.3', '3.0.6'])('the replay of Airflow %s', (release) => {
  const listRuns = `dags list-runs --output=json ${release.startsWith('2.') ? '--dag-id=' : ''}daily_report`;
  const json = (stdout: Buffer) => JSON.parse(stdout.toString().trim().split('\n').at(-1) as string);

  test('says in every answer that nothing was run', async () => {
    const replay = await createReplayRunner(release);
    const answers = await Promise.all(['version', 'dags trigger', 'db reset', `'`].map((text) => replay.run(text)));

    expect(replay).toMatchObject({ kind: 'replay', release });
    for (const { stderr } of answers) {
      expect(stderr.toString().split('\n')[0]).toBe(`REPLAY: recorded from Airflow ${release}, nothing was run`);
    }
    expect(answers.map(({ exitCode }) => exitCode)).toEqual([0, 2, NOT_RECORDED_EXIT_CODE, NOT_RECORDED_EXIT_CODE]);
    expect(answers[0]?.stdout.toString()).toBe(`${release}\n`);
    expect(answers[2]?.stderr.toString()).toContain('no transcript has this command: db reset');
  });

  test('plays a trigger and lists that run afterwards', async () => {
    const replay = await createReplayRunner(release);
    const triggered = await replay.run(formatTriggerCommand('my-run'));
    const listed = await replay.run(listRuns);

    expect(triggered.exitCode).toBe(0);
    expect(json(triggered.stdout)).toMatchObject([
      { dag_id: 'daily_report', dag_run_id: 'my-run', conf: { note: `it's $10 in Zürich` } },
    ]);
    expect(json(listed.stdout)).toMatchObject([{ dag_id: 'daily_report', run_id: 'my-run' }]);
  });

  test('lists the recorded run when nothing was triggered', async () => {
    expect(json((await (await createReplayRunner(release)).run(listRuns)).stdout)).toMatchObject([
      { run_id: 'recorded-run' },
    ]);
  });

  test('finds a command whatever the order of its options, and with the separator', async () => {
    const replay = await createReplayRunner(release);
    const text = `dags trigger --no-replace-microseconds --output=json --run-id='a "b"' --conf='{}' -- reporting_daily`;
    const answer = await replay.run(text);

    expect(answer.exitCode).toBe(0);
    expect(json(answer.stdout)).toMatchObject([{ dag_id: 'reporting_daily', dag_run_id: 'a "b"', conf: {} }]);
  });

  test('keeps the failures', async () => {
    const replay = await createReplayRunner(release);
    const answer = await replay.run(formatTriggerCommand('x').replace('daily_report', 'no_such_dag'));

    expect(answer.exitCode).toBe(1);
    expect(answer.stderr.toString()).toContain('DagNotFound');
  });

  test('holds no path of the machine it was recorded on', () => {
    const transcript = readFileSync(getTranscriptFile(release), 'utf8');

    expect(getInstallableRelease(release).cutoff).toMatch(/^20\d\d-/);
    expect(transcript).not.toMatch(/\/(tmp|root|home|Users|work)\//);
  });
});
