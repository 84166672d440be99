/**
 * What one decision costs, by the number of grants: `npm run bench:decision`. The rival is the same decision by a plain
 * walk over all sentences, in the same run. Microseconds are this machine's; the ratios are what counts.
 */
import { readFileSync } from 'node:fs';
import { Bench } from 'tinybench';
import { parseInvocation } from '../airflow/parse-invocation.ts';
import { callerFromArn } from '../policy/caller.ts';
import { authorize, compilePolicy, type Grant, type Policy } from '../policy/policy.ts';
import { findMismatch } from '../policy/rule.ts';

const catalog = JSON.parse(readFileSync(new URL('../airflow/catalogs/2.10.3.json', import.meta.url), 'utf8'));
const ACCOUNT = '111122223333';

/** As many teams as grants, each with its own role and its own DAGs. */
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

const caller = callerFromArn(`arn:aws:sts::${ACCOUNT}:assumed-role/team-7-nightly/x`)!;
const allowed = parseInvocation(catalog, ['dags', 'trigger', 'team_7_report', '--conf', '{}']);
const refused = parseInvocation(catalog, ['dags', 'trigger', 'team_8_report', '--conf', '{}']);

/** The rival: the first sentence that fits, from the top. */
function authorizeByScan({ entries }: Policy, invocation: typeof allowed) {
  const [{ name } = { name: '' }] = caller.identities;
  return entries.find(({ who, rule }) => who.name.matches(name) && !findMismatch(rule, invocation));
}

console.log('  grants   decide: allowed   refused   walk: allowed   refused   (median, µs)');
for (const count of [10, 100, 1_000, 10_000]) {
  const policy = createPolicy(count);
  const bench = new Bench({ time: 200, warmupTime: 50 });
  bench
    .add('allowed', () => authorize(policy, caller, allowed))
    .add('refused', () => authorize(policy, caller, refused))
    .add('walk allowed', () => authorizeByScan(policy, allowed))
    .add('walk refused', () => authorizeByScan(policy, refused));
  await bench.run();
  const [a, b, c, d] = bench.tasks.map(({ result }) =>
    ('latency' in result ? result.latency.p50 * 1000 : Number.NaN).toFixed(2),
  );
  console.log(`${String(count).padStart(8)}${a!.padStart(18)}${b!.padStart(10)}${c!.padStart(16)}${d!.padStart(10)}`);
}
