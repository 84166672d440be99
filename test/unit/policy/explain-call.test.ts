import { describe, expect, test } from 'vitest';
import { readRequestLine } from '../../../airflow/rest/read-request-line.ts';
import { readRuleCatalog } from '../../../airflow/rest/rule-catalogs.ts';
import { CATALOGS } from '../../../files/catalogs.ts';
import { authorizeInvocation } from '../../../lambda/command/authorize-invocation.ts';
import { prepareCall } from '../../../lambda/command/prepare-call.ts';
import { callerFromArn } from '../../../policy/caller.ts';
import { compilePolicy } from '../../../policy/compile-policy.ts';
import { createNoRestRefusal, explainCall } from '../../../policy/explain-call.ts';

const TEAM = callerFromArn('arn:aws:sts::111122223333:assumed-role/team/jo')!;

function createTarget(airflow: string, notes = true) {
  const catalog = readRuleCatalog(CATALOGS, { airflow, rest: true });
  const grants = [
    {
      who: ['arn:aws:iam::111122223333:role/team'],
      may: ['dags trigger reporting_* --conf=*', 'api GET /dags/reporting_*/dagRuns', 'version'],
      line: 3,
    },
    { who: ['arn:aws:iam::111122223333:role/other'], may: ['api GET /dags/*/dagRuns --*', '@read'], line: 9 },
  ];
  const { policy } = compilePolicy(grants, catalog);
  return {
    target: { catalog, rest: CATALOGS.readOperations(airflow)!, notes },
    context: { policy, caller: TEAM, environment: 'prod', omitOtherCallers: true },
  };
}

function explain(airflow: string, line: string, body?: string) {
  const { target, context } = createTarget(airflow);
  return explainCall(target, { ...readRequestLine(line), ...(body === undefined ? {} : { body }) }, context);
}

describe('an allowed request', () => {
  test('has the request that would be sent, and the rule', () => {
    expect(explain('2.10.3', 'GET /api/v1/dags/reporting_a/dagRuns?limit=5')).toEqual({
      allowed: true,
      request: { method: 'GET', target: '/api/v1/dags/reporting_a/dagRuns?limit=5' },
      grant: 'api GET /dags/reporting_*/dagRuns',
      line: 3,
    });
  });

  test('may be that of a command, with what the proxy adds to a trigger', () => {
    expect(
      explain('3.0.6', 'POST /api/v2/dags/reporting_a/dagRuns', '{"conf":{"n":1.50},"logical_date":null}'),
    ).toEqual({
      allowed: true,
      request: {
        method: 'POST',
        target: '/api/v2/dags/reporting_a/dagRuns',
        body: {
          conf: { n: expect.anything() },
          logical_date: null,
          dag_run_id: 'mwaa-cli-proxy__REQUEST-ID',
          note: `Triggered by ${TEAM.label}, request REQUEST-ID.`,
        },
      },
      grant: 'dags trigger reporting_* --conf=*',
      line: 3,
    });
  });

  test('keeps the spelling of numbers', () => {
    const explanation = explain('2.10.3', 'POST /api/v1/dags/reporting_a/dagRuns', '{"conf":{"n":1.50}}');
    expect(JSON.stringify(explanation)).toContain('"n":1.50');
  });

  test('has no note if the configuration or the release has none', () => {
    const body = (airflow: string, notes: boolean) => {
      const { target, context } = createTarget(airflow, notes);
      const base = target.rest.basePath;
      const line = readRequestLine(`POST ${base}/dags/reporting_a/dagRuns`);
      return explainCall(target, { ...line, body: '{}' }, context);
    };
    expect(body('2.10.3', true)).toHaveProperty('request.body.note');
    expect(body('2.10.3', false)).not.toHaveProperty('request.body.note');
    expect(body('2.4.3', true)).not.toHaveProperty('request.body.note');
  });

  test('keeps the run id that Airflow makes from a logical date, if the note says who triggers the run', () => {
    const body = (notes: boolean) => {
      const { target, context } = createTarget('3.0.6', notes);
      const may = ['dags trigger * --logical-date=*'];
      const grants = [{ who: ['arn:aws:iam::111122223333:role/team'], may, line: 1 }];
      const { policy } = compilePolicy(grants, target.catalog);
      const line = readRequestLine('POST /api/v2/dags/d/dagRuns');
      return explainCall(target, { ...line, body: `{"logical_date":"2026-11-22T00:00:00Z"}` }, { ...context, policy });
    };
    expect(body(true)).toHaveProperty('request.body.note');
    expect(body(true)).not.toHaveProperty('request.body.dag_run_id');
    expect(body(false)).toHaveProperty('request.body.dag_run_id', 'mwaa-cli-proxy__REQUEST-ID');
  });

  test('is only parsed without a policy', () => {
    const { target } = createTarget('2.10.3');
    const request = { ...readRequestLine('DELETE /api/v1/dags/x') };
    expect(explainCall(target, request)).toStrictEqual({
      allowed: true,
      request: { method: 'DELETE', target: '/api/v1/dags/x' },
    });
  });
});

describe('a refused request is explained in the words of the refusal', () => {
  test.each<[airflow: string, line: string, body: string | undefined, code: string]>([
    ['2.10.3', 'GET /api/v1/dags/other/dagRuns', undefined, 'not-granted'],
    ['2.10.3', 'GET /api/v1/dags/reporting_a/dagRuns?state=failed', undefined, 'not-granted'],
    ['3.0.6', 'DELETE /api/v2/dags/reporting_a', undefined, 'not-granted'],
    ['2.10.3', 'GET /api/v2/version', undefined, 'unknown-operation'],
    ['2.10.3', 'GET /api/v1/dag', undefined, 'unknown-operation'],
    ['2.10.3', 'GET /api/v1/dags?limt=5', undefined, 'unknown-option'],
    ['2.10.3', 'POST /api/v1/dags/x/dagRuns', '{', 'unreadable'],
    ['2.10.3', 'POST /api/v1/dags/x/dagRuns', '{"dag_run_id":"mwaa-cli-proxy__1"}', 'invalid-value'],
    ['2.10.3', 'GET /api/v1/dags/a%2Fb', undefined, 'forbidden-character'],
  ])('%s: %s %s', (airflow, line, body, code) => {
    const { target, context } = createTarget(airflow);
    const request = { ...readRequestLine(line), ...(body === undefined ? {} : { body }) };
    const explanation = explainCall(target, request, context);

    let detail = 'nothing was refused';
    try {
      const { forms } = prepareCall(target.catalog, target.rest, { kind: 'call', ...request, receivedAt: 0 });
      authorizeInvocation({ policy: context.policy, name: 'prod' }, TEAM, forms, {});
    } catch (error) {
      detail = (error as Error).message;
    }
    expect(explanation).toEqual({ allowed: false, refusal: { code, detail } });
  });

  test('and with what no command covers', () => {
    expect(JSON.stringify(explain('3.0.6', 'GET /api/v2/dags/other/dagRuns'))).toContain(
      'would grant it. The request also shows the conf',
    );
  });

  test('and with a rule that leaves out the harmless options', () => {
    expect(JSON.stringify(explain('3.0.6', 'GET /api/v2/dags/other/dagRuns?limit=5&offset=1&state=failed'))).toContain(
      String.raw`such as \"api GET /dags/other/dagRuns --state='*'\" would grant it.`,
    );
  });

  test('and with a rule without values, which may be secret, and with each option once', () => {
    const secret = JSON.stringify(
      explain('3.0.6', 'POST /api/v2/variables', '{"key":"db_password","value":"hunter2: secret"}'),
    );
    expect(secret).toContain(String.raw`\"variables set db_password '*'\" would grant it`);
    expect(secret).not.toContain('hunter2');
    const repeated = JSON.stringify(explain('3.0.6', 'GET /api/v2/dags/~/dagRuns?state=failed&state=queued'));
    expect(repeated).toContain(String.raw`such as \"api GET '/dags/~/dagRuns' --state='*'\" would`);
  });

  test('and with the rules of other callers, for operators', () => {
    const { target, context } = createTarget('2.10.3');
    const request = readRequestLine('GET /api/v1/dags/other/dagRuns');
    expect(explainCall(target, request, { ...context, omitOtherCallers: false })).toMatchObject({
      refusal: { detail: expect.stringContaining('on line 9 allows it for arn:aws:iam::111122223333:role/other.') },
    });
  });

  test('and once with a rule of another caller that allows the request in two forms', () => {
    const { target, context } = createTarget('2.10.3');
    const request = readRequestLine('GET /api/v1/dags');
    const explanation = explainCall(target, request, { ...context, omitOtherCallers: false });
    expect(JSON.stringify(explanation).match(/allows it for/g)).toHaveLength(1);
  });
});

test('an environment without the REST API explains nothing', () => {
  expect(createNoRestRefusal('prod')).toEqual({
    allowed: false,
    refusal: {
      code: 'not-found',
      detail:
        'prod does not offer Airflow\'s REST API. Its owner can set "rest: true" in the configuration of the proxy.',
    },
  });
});
