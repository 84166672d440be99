import { parseInvocation } from '../airflow/parse-invocation.ts';
import { renderCommandLine } from '../airflow/render-command-line.ts';
import { CATALOGS } from '../files/catalogs.ts';
import { authorize } from '../policy/authorize.ts';
import { callerFromArn } from '../policy/caller.ts';
import { compilePolicy } from '../policy/compile-policy.ts';
import type { Grant } from '../policy/grant.ts';
import type { Policy } from '../policy/policy.ts';
import { findMismatch } from '../policy/rule.ts';
import { createAnswerForms, toAnswerBody } from './answer-forms.ts';
import { createAnswerReader } from './read-answer.ts';
import type { Measurement } from './section.ts';
import { timeRounds } from './statistics.ts';

const catalog = CATALOGS.read('2.10.3');
const ACCOUNT = '111122223333';
const caller = callerFromArn(`arn:aws:sts::${ACCOUNT}:assumed-role/team-7-nightly/x`)!;

/** Runs a function many times, so that the clock is fine enough for it. */
const repeat = (times: number, run: () => unknown) => () => {
  for (let time = 0; time < times; time += 1) run();
};

/** The time of one run in microseconds, from the milliseconds of many. */
const toMicroseconds = (milliseconds: readonly number[], times: number): number[] =>
  milliseconds.map((value) => (1000 * value) / times);

/** A policy with one team for each grant. Every team has a role and DAGs of its own. */
function createPolicy(count: number): Policy {
  const grants = Array.from(
    { length: count },
    (_, team): Grant => ({
      who: [`arn:aws:iam::${ACCOUNT}:role/team-${team}-*`],
      may: [`dags trigger team_${team}_* --conf=* --run-id=*`, '@read'],
      line: team,
    }),
  );
  return compilePolicy(grants, catalog).policy;
}

const DECISIONS = 500;
const GRANT_COUNTS = [10, 100, 1_000, 10_000];

/** One decision by the number of grants, against a scan of all entries of the policy. */
export async function measureDecisions(rounds: number): Promise<Measurement[]> {
  const allowed = parseInvocation(catalog, ['dags', 'trigger', 'team_7_report', '--conf', '{}']);
  const denied = parseInvocation(catalog, ['dags', 'trigger', 'team_8_report', '--conf', '{}']);
  const [{ name } = { name: '' }] = caller.identities;
  const scan = ({ entries }: Policy) =>
    entries.find((entry) => entry.who.name.matches(name) && !findMismatch(entry.rule, denied));
  const measurements: Measurement[] = [];
  let fewest: readonly number[] | undefined;
  const policies = new Map(GRANT_COUNTS.map((count) => [count, createPolicy(count)]));
  for (const policy of policies.values()) {
    if (!authorize(policy, caller, allowed) || authorize(policy, caller, denied))
      throw new Error('A decision is wrong.');
  }
  const subjects = Object.fromEntries(
    [...policies].flatMap(([count, policy]) => [
      [`allowed ${count}`, repeat(DECISIONS, () => authorize(policy, caller, allowed))],
      [`denied ${count}`, repeat(DECISIONS, () => authorize(policy, caller, denied))],
      [`scan ${count}`, () => scan(policy)],
    ]),
  );
  const times = await timeRounds(subjects, { rounds, samples: 5 });
  for (const count of GRANT_COUNTS) {
    for (const kind of ['allowed', 'denied']) {
      const ours = toMicroseconds(times[`${kind} ${count}`]!, DECISIONS);
      measurements.push({ what: `decision, ${kind}, ${count} grants`, unit: 'µs', ours, goal: 2 });
      if (kind === 'allowed') continue;
      fewest ??= ours;
      const rivals = { 'ten grants': fewest, 'a scan of all grants': toMicroseconds(times[`scan ${count}`]!, 1) };
      for (const [rival, values] of Object.entries(rivals)) {
        if (values === ours) continue;
        measurements.push({
          what: `decision, ${kind}, ${count} grants`,
          unit: 'µs',
          ours,
          rival: { name: rival, values, comparison: 'ratio' },
        });
      }
    }
  }
  return measurements;
}

const CONF_BYTES = [100, 10_000, 1_000_000];

/** Parse and render by the size of an argument, against the least that each needs: a JSON parser, and one search for quotes. */
export async function measureArguments(rounds: number): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const bytes of CONF_BYTES) {
    const conf = JSON.stringify({ rows: Array.from({ length: bytes / 20 }, (_, index) => `it's row ${index}`) });
    const argv = ['dags', 'trigger', 'reporting_daily', '--conf', conf];
    const invocation = parseInvocation(catalog, argv);
    const times = Math.max(1, Math.round(20_000 / bytes));
    const result = await timeRounds(
      {
        parse: repeat(times, () => parseInvocation(catalog, argv)),
        json: repeat(times, () => JSON.parse(conf)),
        render: repeat(times, () => renderCommandLine(invocation)),
        quote: repeat(times, () => `'${conf.replaceAll("'", `'"'"'`)}'`),
      },
      { rounds, samples: 3 },
    );
    const toMeasurement = (what: string, ours: 'parse' | 'render', name: string, rival: 'json' | 'quote') => ({
      what: `${what}, an argument of ${formatBytes(conf.length)}`,
      unit: 'µs',
      ours: toMicroseconds(result[ours], times),
      rival: { name, values: toMicroseconds(result[rival], times), comparison: 'ratio' as const },
    });
    measurements.push(
      toMeasurement('parse', 'parse', 'JSON.parse', 'json'),
      toMeasurement('render', 'render', 'replaceAll', 'quote'),
    );
  }
  return measurements;
}

const formatBytes = (bytes: number): string => `${(bytes / 1000).toFixed(bytes < 1000 ? 1 : 0)} KB`;

/** A relay keeps larger bodies as the bytes that it receives. */
const MIN_BYTES = 64 * 1024;

/** Read by form and size of the answer, against decoding and parsing standard output alone. */
export async function measureReading(rounds: number): Promise<Measurement[]> {
  const read = createAnswerReader(catalog);
  const measurements: Measurement[] = [];
  for (const form of createAnswerForms()) {
    const body = toAnswerBody(form);
    const base64: string = JSON.parse(body).stdout;
    const received = body.length < MIN_BYTES ? body : Buffer.from(body);
    const times = Math.max(1, Math.round(100_000 / body.length));
    const isJson = form.stdout.startsWith('[{');
    const { ours, decode } = await timeRounds(
      {
        ours: repeat(times, () => read(received)),
        decode: repeat(times, () => {
          const text = Buffer.from(base64, 'base64').toString();
          return isJson ? JSON.parse(text) : JSON.parse(text.slice(text.lastIndexOf('\n[{')));
        }),
      },
      { rounds, samples: 1, warmUp: 3 },
    );
    measurements.push({
      what: `read, ${form.name}`,
      unit: 'ms',
      ours: ours.map((value) => value / times),
      rival: { name: 'decoding and parsing alone', values: decode.map((value) => value / times), comparison: 'ratio' },
      ...(form.name === 'rows, 6 MB' && { goal: 1.2 }),
    });
  }
  return measurements;
}
