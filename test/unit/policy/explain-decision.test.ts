import { describe, expect, test } from 'vitest';
import { HEALTH_INVOCATION } from '../../../lambda/command/health-invocation.ts';
import { parseCaller } from '../../../policy/caller.ts';
import { compilePolicy } from '../../../policy/compile-policy.ts';
import { describeDenial } from '../../../policy/describe-denial.ts';
import { explainDecision } from '../../../policy/explain-decision.ts';
import { AIRFLOW_2 } from '../../catalogs.ts';

const REPORTING = 'arn:aws:iam::111122223333:role/reporting';
const ENGINEERS = 'arn:aws:iam::111122223333:role/engineer-*';
const { policy } = compilePolicy(
  [
    { who: [REPORTING], may: ['dags trigger reporting_*', 'dags list'], line: 3 },
    { who: [ENGINEERS], may: ['dags trigger *', 'dags delete *'], line: 7 },
  ],
  AIRFLOW_2,
);
const GRANTED = 'Granted to this caller: dags trigger reporting_*; dags list.';
const context = { policy, caller: parseCaller([REPORTING])!, environment: 'prod' };

describe('an allowed command', () => {
  test('has the command line that would be sent, with a placeholder for the run id, and its rule', () => {
    expect(explainDecision(AIRFLOW_2, 'dags trigger reporting_x', context)).toEqual({
      allowed: true,
      commandLine:
        'dags trigger --no-replace-microseconds --output=json --run-id=mwaa-cli-proxy__REQUEST-ID reporting_x',
      grant: 'dags trigger reporting_*',
      line: 3,
    });
  });

  test('keeps its output format if raw output is requested', () => {
    expect(explainDecision(AIRFLOW_2, ['dags', 'list'], context, 'raw')).toMatchObject({ commandLine: 'dags list' });
  });

  test('is only parsed and rendered if there is no policy', () => {
    expect(explainDecision(AIRFLOW_2, 'dags delete x')).toEqual({ allowed: true, commandLine: 'dags delete x' });
  });
});

describe('a denied command', () => {
  test.each<[content: string, command: string, omitOtherCallers: boolean, detail: string]>([
    [
      'the nearest rule and other callers',
      'dags trigger billing',
      false,
      '"dags trigger" with these arguments is not granted on prod. The nearest rule is "dags trigger reporting_*" on line 3. ' +
        `dag_id must match reporting_*. ${GRANTED} The rule "dags trigger *" on line 7 allows it for ${ENGINEERS}.`,
    ],
    [
      'the nearest rule only',
      'dags trigger billing',
      true,
      '"dags trigger" with these arguments is not granted on prod. The nearest rule is "dags trigger reporting_*" on line 3. ' +
        `dag_id must match reporting_*. ${GRANTED}`,
    ],
    [
      'other callers only',
      'dags delete x',
      false,
      `"dags delete" with these arguments is not granted on prod. ${GRANTED} The rule "dags delete *" on line 7 allows it for ${ENGINEERS}.`,
    ],
    [
      'the answer that AWS does not list it',
      'connections get x',
      false,
      `"connections get" with these arguments is not granted on prod. AWS does not list "connections get" for MWAA, which may reject it. ${GRANTED}`,
    ],
    [
      'what MWAA does itself',
      'scheduler',
      false,
      `"scheduler" with these arguments is not granted on prod. MWAA runs the processes of Airflow itself. ${GRANTED}`,
    ],
    ['neither', 'dags pause x', false, `"dags pause" with these arguments is not granted on prod. ${GRANTED}`],
  ])('is explained with %s', (_content, command, omitOtherCallers, detail) => {
    expect(explainDecision(AIRFLOW_2, command, { ...context, omitOtherCallers })).toEqual({
      allowed: false,
      refusal: { code: 'not-granted', detail },
    });
  });

  test('is explained to a caller without grants', () => {
    const caller = parseCaller(['arn:aws:iam::111122223333:role/other'])!;
    expect(explainDecision(AIRFLOW_2, 'dags list', { ...context, caller, omitOtherCallers: true })).toMatchObject({
      refusal: {
        detail: expect.stringMatching(/not granted on prod\. This caller has no grants in this environment\.$/),
      },
    });
  });

  test('is explained with at most three entries of other callers', () => {
    const grants = [1, 2, 3, 4].map((line) => ({ who: [ENGINEERS], may: ['dags list'], line }));
    const other = { ...context, policy: compilePolicy(grants, AIRFLOW_2).policy };
    const { refusal } = explainDecision(AIRFLOW_2, 'dags list', other) as { refusal: { detail: string } };
    expect(refusal.detail.match(/on line \d/g)).toEqual(['on line 1', 'on line 2', 'on line 3']);
  });
});

test.each<[command: string | string[], code: string]>([
  ['dags lst', 'unknown-command'],
  [`dags list 'x`, 'unreadable'],
  [['dags', 'trigger'], 'missing-argument'],
])('an invalid command is explained by its refusal: %j is %s', (command, code) => {
  expect(explainDecision(AIRFLOW_2, command, context)).toMatchObject({ allowed: false, refusal: { code } });
});

test('the denial of a health check names only the set', () => {
  expect(describeDenial(context, [HEALTH_INVOCATION])).toBe(`"@health" is not granted on prod. ${GRANTED}`);
});
