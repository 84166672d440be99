import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../../config/config-error.ts';
import { listConfigErrors, parseTestConfig } from '../../fixtures/parse-test-config.ts';

/** Two environments with different releases, and one grant for both. */
const createGrantConfig = (may: string, who = 'arn:aws:iam::111122223333:role/team') => `region: eu-west-1
api: { callers: { accounts: ["111122223333"] } }
environments:
  two: { airflow: 2.10.3, vpc: { id: vpc-1, subnets: [subnet-1], webServerSecurityGroup: sg-1 } }
  three: { airflow: 3.0.6, vpc: { id: vpc-1, subnets: [subnet-1], webServerSecurityGroup: sg-1 } }
operations: { alarmTopics: [] }
grants:
  - who: ${who}
    where: "*"
    may:
      - ${may}
`;

describe('a rule for environments with different releases', () => {
  test.each<[may: string, expectedWarnings: RegExp[]]>([
    ['dags list', []],
    ['"@read"', []],
    ['dags list-runs --dag-id=x', [/^grants nothing on Airflow 3\.0\.6: "dags list-runs" has no option "--dag-id"/]],
    ['dags backfill * --start-date=* --end-date=*', [/^grants nothing on Airflow 3\.0\.6: .*no command/, /code/]],
    ['tasks clear *', [/clears every run/]],
    ['variables get *', [/secret/]],
  ])('%s is valid, with the warnings %j', (may, expectedWarnings) => {
    const { warnings } = parseTestConfig(createGrantConfig(may));
    expect(warnings.map(({ message }) => message)).toEqual(
      expectedWarnings.map((pattern) => expect.stringMatching(pattern)),
    );
    for (const { line } of warnings) expect(line).toBe(11);
  });

  test.each<[may: string, message: RegExp]>([
    ['dags triger x', /^f\.yaml:11:9 {2}grants\[0\]\.may\[0\] {2}.*Did you mean "trigger"/],
    ['dags trigger * --confg=*', /Did you mean "--conf"/],
    ['"@raed"', /Did you mean "@read"/],
  ])('%s is invalid for both releases, and reported once', (may, message) => {
    const parse = () => parseTestConfig(createGrantConfig(may));
    expect(parse).toThrow(ConfigError);
    expect(parse).toThrow(message);
    expect(parse).toThrow(expect.objectContaining({ issues: [expect.anything()] }));
  });
});

test.each([
  ['"oidc:groups=etl"', 'grants nothing, because the API accepts no OIDC tokens. Set api.oidc, or remove this caller'],
  [
    'arn:aws:iam::222233334444:role/etl',
    'grants nothing, because api.callers names no one in account 222233334444. ' +
      'Add "222233334444" to api.callers.accounts, or remove this caller',
  ],
  [
    'arn:aws-cn:iam::111122223333:role/etl',
    'grants nothing, because eu-west-1 is in the partition aws. Use an ARN that begins with arn:aws:',
  ],
])('warns about a grant to %s, which the API rejects', (who, message) => {
  const { warnings } = parseTestConfig(createGrantConfig('version', who));
  expect(warnings.map((warning) => [warning.path, warning.message])).toEqual([['grants[0].who[0]', message]]);
});

test('an invalid caller is reported once, with its position', () => {
  expect(listConfigErrors(createGrantConfig('version', 'arn:aws:iam::111122223333:role/*'))).toEqual([
    expect.stringMatching(/^8:10 {2}grants\[0\]\.who\[0\] {2}role\/\* /),
  ]);
});
