import { describe, expect, test } from 'vitest';
import { listConfigErrors, parseTestConfig } from '../../fixtures/parse-test-config.ts';

const createRestConfig = (
  may: string,
  { airflow = '2.10.3', rest = 'rest: true', where = 'prod' } = {},
) => `region: eu-west-1
api: { callers: { accounts: ["111122223333"] } }
environments:
  prod: { airflow: ${airflow}, ${rest}, vpc: { id: vpc-1, subnets: [subnet-1], webServerSecurityGroup: sg-1 } }
  plain: { airflow: 2.10.3, vpc: { id: vpc-1, subnets: [subnet-1], webServerSecurityGroup: sg-1 } }
operations: { alarmTopics: [] }
grants:
  - who: arn:aws:iam::111122223333:role/team
    where: "${where}"
    may:
      - ${JSON.stringify(may)}
`;

const listWarnings = (text: string): string[] => parseTestConfig(text).warnings.map(({ message }) => message);

describe('synthesis refuses a misspelled rule for an operation, with its line and what to write', () => {
  test.each<[may: string, message: string]>([
    ['api GET /dag', 'Airflow 2.10.3 has no operation "GET /dag". Did you mean "/dags"?'],
    [
      'api GET /dags/reporting_*/dagRun',
      'Airflow 2.10.3 has no operation "GET /dags/reporting_*/dagRun". Did you mean "/dags/reporting_*/dagRuns"?',
    ],
    [
      'api PSOT /dags/reporting_*/dagRuns',
      'Airflow 2.10.3 has GET, POST for /dags/reporting_*/dagRuns, not "PSOT". Did you mean "POST"?',
    ],
    ['api get /dags', 'Airflow 2.10.3 has GET, PATCH for /dags, not "get". Did you mean "GET"?'],
    ['api GET /dags --limt=*', '"api GET /dags" has no option "--limt". Did you mean "--limit"?'],
    [
      'api POST /dags/*/dagRuns --cnof=*',
      '"api POST /dags/{dag_id}/dagRuns" has no option "--cnof". Did you mean "--conf"?',
    ],
    ['api GET /api/v1/dags', 'Remove /api/v1 from the path: rules are the same for every version of the API.'],
  ])('%s', (may, message) => {
    expect(listConfigErrors(createRestConfig(may))).toEqual([
      expect.stringContaining(`11:9  grants[0].may[0]  ${message}`),
    ]);
  });

  test('and a query string', () => {
    expect(listConfigErrors(createRestConfig('api GET /dags/a/dagRuns?state=failed'))).toEqual([
      '11:9  grants[0].may[0]  Write query parameters as options: api GET /dags/a/dagRuns --state=failed',
    ]);
  });

  test('and a rule for an operation that is not offered', () => {
    expect(listConfigErrors(createRestConfig('api GET /dags/*/dagRuns/*/wait', { airflow: '3.3.1' }))).toEqual([
      expect.stringContaining('The proxy does not offer GET /dags/*/dagRuns/*/wait. Airflow keeps the request open'),
    ]);
  });

  test('and warns about a rule for an environment that does not offer the REST API, or not now', () => {
    const text = createRestConfig('api GET /dags', { where: 'plain' });
    expect(listConfigErrors(text)).toEqual([]);
    expect(listWarnings(text)).toEqual([
      'grants nothing. Rules that begin with "api" need "rest: true" on the environment.',
    ]);
    expect(listConfigErrors(createRestConfig('api GET /dags', { where: '*' }))).toEqual([]);
  });
});

describe('synthesis refuses settings of the REST API that cannot take effect', () => {
  test.each<[rest: string, airflow: string, ...errors: string[]]>([
    [
      'rest: true',
      '2.2.2',
      '4:33  environments.prod.rest  needs Airflow 2.4.3 or later, because the REST API of Airflow 2.2.2 accepts no web sessions by default. Remove rest, or upgrade the environment',
    ],
    [
      'restRole: Viewer, restConcurrency: 5',
      '2.10.3',
      '4:28  environments.prod.restRole  has no effect without "rest: true". Add rest: true to the environment, or remove restRole',
      '4:46  environments.prod.restConcurrency  has no effect without "rest: true". Add rest: true to the environment, or remove restConcurrency',
    ],
    [
      'restNotes: false',
      '2.10.3',
      '4:28  environments.prod.restNotes  has no effect without "rest: true". Add rest: true to the environment, or remove restNotes',
    ],
    [
      'rest: true, restRole: viewer',
      '2.10.3',
      '4:50  environments.prod.restRole  expected Public, Viewer, User, Op, or Admin',
    ],
    // A switch that is off for now keeps its settings.
    ['rest: false, restRole: Viewer, restConcurrency: 5, restNotes: false', '2.10.3'],
  ])('%s on Airflow %s', (rest, airflow, ...errors) => {
    expect(listConfigErrors(createRestConfig('dags list', { rest, airflow }))).toEqual(errors);
  });
});

describe('the Airflow role of an environment', () => {
  test.each<[what: string, text: string, warnings: string[]]>([
    [
      'is greater than restRole',
      createRestConfig('api GET /providers', { rest: 'rest: true, restRole: Viewer' }),
      ['needs the Airflow role Op, but "prod" has restRole Viewer: Airflow rejects these requests.'],
    ],
    ['is restRole', createRestConfig('api GET /providers', { rest: 'rest: true, restRole: Op' }), []],
    [
      'is the least of all, and the owner gives permissions',
      createRestConfig('api GET /providers', { rest: 'rest: true, restRole: Public' }),
      [],
    ],
    [
      'becomes Admin by a rule',
      createRestConfig('api GET /roles'),
      [
        'makes Admin the Airflow role of all requests for the REST API of "prod". Remove it, or set restRole to a lower role.',
      ],
    ],
    ['does not become Admin by a set', createRestConfig('@read'), []],
  ])('%s', (_what, text, warnings) => {
    expect(listWarnings(text)).toEqual(warnings);
  });
});
