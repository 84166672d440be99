/**
 * Measures one authorization decision by the number of grants: `npm run bench:decision`. The baseline, measured in the same run, is
 * a scan of all policy entries. The microseconds depend on the machine; compare the ratios.
 */
import { Bench } from 'tinybench';
import { parseInvocation } from '../airflow/parse-invocation.ts';
import { CATALOGS } from '../files/catalogs.ts';
import { authorize } from '../policy/authorize.ts';
import { callerFromArn } from '../policy/caller.ts';
import { compilePolicy } from '../policy/compile-policy.ts';
import type { Grant, Policy } from '../policy/policy.ts';
import { findMismatch } from '../policy/rule.ts';

const catalog = CATALOGS.read('2.10.3');
const ACCOUNT = '111122223333';

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

const caller = callerFromArn(`arn:aws:sts::${ACCOUNT}:assumed-role/team-7-nightly/x`)!;
const allowed = parseInvocation(catalog, ['dags', 'trigger', 'team_7_report', '--conf', '{}']);
const denied = parseInvocation(catalog, ['dags', 'trigger', 'team_8_report', '--conf', '{}']);

/** The baseline: the first entry that matches, found by a scan. */
function authorizeByScan({ entries }: Policy, invocation: typeof allowed) {
  const [{ name } = { name: '' }] = caller.identities;
  return entries.find(({ who, rule }) => who.name.matches(name) && !findMismatch(rule, invocation));
}

console.log('  grants  index: allowed    denied   scan: allowed    denied   (median, µs)');
for (const count of [10, 100, 1_000, 10_000]) {
  const policy = createPolicy(count);
  const bench = new Bench({ time: 200, warmupTime: 50 });
  bench
    .add('allowed', () => authorize(policy, caller, allowed))
    .add('denied', () => authorize(policy, caller, denied))
    .add('scan allowed', () => authorizeByScan(policy, allowed))
    .add('scan denied', () => authorizeByScan(policy, denied));
  await bench.run();
  const medians = bench.tasks.map(({ result }) =>
    ('latency' in result ? result.latency.p50 * 1000 : Number.NaN).toFixed(2),
  );
  const widths = [16, 10, 16, 10];
  console.log(String(count).padStart(8) + medians.map((median, at) => median.padStart(widths[at]!)).join(''));
}
