import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type AirflowInstance,
  createKeyedAirflow,
  type KeyedAirflow,
  type KeyedResult,
  startAirflow,
} from './keyed-airflow.ts';
import { selectReleases } from './select-releases.ts';

/** Words of a command after `dags trigger daily_report`. */
const CONF = `--conf '{"a": 1, "b": [true, "x"]}'`;

type Spellings = [name: string, first: string, ...repeats: string[]];

/** One release for each way in which a release shows runs. */
const ALL_RELEASES = [
  { release: '1.10.12', trigger: 'trigger_dag daily_report', date: '--exec_date', showsRuns: false },
  { release: '2.10.3', trigger: 'dags trigger daily_report', date: '--exec-date', showsRuns: true },
  { release: '3.3.1', trigger: 'dags trigger daily_report', date: '--logical-date', showsRuns: true },
];

const RELEASES = selectReleases(ALL_RELEASES, ({ release }) => release === '2.10.3');

describe.each(RELEASES)('one key is one run on Airflow $release', ({ release, trigger, date, showsRuns }) => {
  let airflow: AirflowInstance;
  let keyed: KeyedAirflow;
  let unavailable: string | undefined;

  beforeAll(async () => {
    const started = await startAirflow(release);
    if ('unavailable' in started) {
      unavailable = started.unavailable;
      console.error(`SKIPPED: one key is one run on Airflow ${release}: ${unavailable}`);
      return;
    }
    airflow = started;
    keyed = createKeyedAirflow(release, airflow.runner);
  });
  afterAll(() => airflow?.close());

  function countRuns(): number {
    const database = new DatabaseSync(airflow.database, { readOnly: true, timeout: 30_000 });
    try {
      return Number(database.prepare('SELECT count(*) AS count FROM dag_run').get()!.count);
    } finally {
      database.close();
    }
  }

  /** Up to 2.5, two triggers in the same second get the same date. */
  async function sendUntilDateIsFree(command: string, key: string): Promise<KeyedResult> {
    for (;;) {
      const result = await keyed.send(command, key);
      if (!String(result.type).endsWith(':logical-date-collision')) return result;
    }
  }

  const hasOutput = release >= '2.6';
  const equalSpellings: Spellings[] = [
    ['nothing', '', "--conf '{}'", "--conf '{ }'"],
    ['a conf', CONF, `--conf '{"b":[true,"\\u0078"],"a":1}'`],
    ['a date', `${date} 2026-03-01`, `${date} 2026-03-01T00:00:00+00:00`, `${date} 2026-03-01T01:00:00+01:00`],
    ...(hasOutput
      ? [['options', CONF, `-o json ${CONF} -v`, `--no-replace-microseconds -o table ${CONF}`] satisfies Spellings]
      : []),
  ];

  test.each(equalSpellings)('%s in other spellings is the same run', async (name, first, ...repeats) => {
    if (unavailable) return;
    const before = countRuns();
    const { runId, ...created } = await sendUntilDateIsFree(`${trigger} ${first}`, `same ${name}`);
    expect(created).toMatchObject({ outcome: 'succeeded', replayed: false });
    for (const [index, repeat] of [first, ...repeats].entries()) {
      const format = index === 0 ? 'raw' : 'json';
      const result = await keyed.send(`${trigger} ${repeat}`, `same ${name}`, { format });
      expect(result).toMatchObject({ outcome: 'succeeded', replayed: true, runId });
      if (showsRuns) expect(result.output).toMatchObject([{ run_id: runId }]);
    }
    expect(countRuns()).toBe(before + 1);
  });

  test.each([
    ['another conf', CONF, `--conf '{"a": 2, "b": [true, "x"]}'`],
    ['a conf beside none', '', CONF],
    ['no conf beside one', CONF, ''],
    ['another date', `${date} 2026-04-01`, `${date} 2026-04-02`],
    ['a date beside none', '', `${date} 2026-04-03`],
    ['no date beside one', `${date} 2026-04-04`, ''],
    ['a date with microseconds beside none', '', `${date} 2026-04-05T00:00:00.000001`],
    ['no date beside one with microseconds', `${date} 2026-04-06T00:00:00.000001`, ''],
  ])('%s is refused, or another run where the release cannot show it', async (name, first, second) => {
    if (unavailable) return;
    const before = countRuns();
    const created = await sendUntilDateIsFree(`${trigger} ${first}`, `other ${name}`);
    expect(created).toMatchObject({ outcome: 'succeeded', replayed: false });
    const other = await keyed.send(`${trigger} ${second}`, `other ${name}`);
    if (other.outcome === 'succeeded') {
      // It is part of the run id, because the release cannot show it.
      expect(other).toMatchObject({ replayed: false });
      expect(other.runId).not.toBe(created.runId);
      expect(countRuns()).toBe(before + 2);
      expect(showsRuns && release >= '3').toBe(false);
    } else if (other.type !== 'urn:mwaa-cli-proxy:problem:logical-date-collision') {
      expect(other).toMatchObject({
        type: 'urn:mwaa-cli-proxy:problem:key-reused',
        status: 409,
        retrySafe: true,
        runId: created.runId,
        detail: expect.stringContaining('dags state'),
      });
      expect(other.detail).toContain(String(created.runId));
      expect(countRuns()).toBe(before + 1);
    }
  });

  test('another trigger with the date of a run is a collision, and not a replay or a reused key', async () => {
    if (unavailable) return;
    expect(await keyed.send(`${trigger} ${date} 2026-05-01`, 'date 1')).toMatchObject({ replayed: false });
    expect(await keyed.send(`${trigger} ${date} 2026-05-01`, 'date 2')).toMatchObject({
      type: 'urn:mwaa-cli-proxy:problem:logical-date-collision',
      retrySafe: true,
    });
  });
});
