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
    [
      'dags list-runs --dag-id=x',
      [
        /^grants nothing in the environment "three" \(Airflow 3\.0\.6\): "dags list-runs" has no option "--dag-id"\..* Write "dags list-runs x" for it\.$/,
      ],
    ],
    [
      'dags list-runs reporting_*',
      [
        /^grants nothing in the environment "two" \(Airflow 2\.10\.3\): .* Write "dags list-runs --dag-id=reporting_\*" for it\.$/,
      ],
    ],
    [
      'dags trigger x --exec-date=*',
      [/^grants nothing in the environment "three" .* Write "dags trigger x --logical-date=\*" for it\.$/],
    ],
    [
      'dags backfill * --start-date=* --end-date=*',
      [/^grants nothing in the environment "three" \(Airflow 3\.0\.6\): .*no command/, /code/, /run for every date/],
    ],
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
    ['dags triger x', /^f\.yaml:11:9 {2}grants\[0\]\.may\[0\] {2}.*Did you mean "dags trigger"/],
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

test('a rule that several environments lack names all of them', () => {
  const config = createGrantConfig('dags list-runs --dag-id=x').replace(
    /^ {2}three: (.*)$/m,
    '  three: $1\n  three-staging: $1',
  );
  expect(parseTestConfig(config).warnings.map(({ message }) => message)).toEqual([
    expect.stringContaining('grants nothing in the environments "three", "three-staging" (Airflow 3.0.6): '),
  ]);
});

test.each<[who: string, oidc: string, warning: RegExp | undefined]>([
  ['arn:aws:iam::111122223333:role/*e*', '{ org: data }', /matches almost any name/],
  ['"oidc:sub=repo:my-org*"', '{ org: data }', /repo:my-org-evil/],
  ['"oidc:email=*@example.com"', '{ org: data }', /nobody verified/],
  ['"oidc:email=*@example.com"', '{ email_verified: "true" }', undefined],
])('the caller %s with the required claims %s causes the warning %s', (who, oidc, warning) => {
  const config = createGrantConfig('version', who).replace(
    'api: { ',
    `api: { oidc: { issuer: "https://id.example.com", audience: a, requiredClaims: ${oidc} }, `,
  );
  const found = parseTestConfig(config)
    .warnings.map(({ path, message }) => [path, message])
    .filter(([path]) => path !== 'api.oidc');
  expect(found).toEqual(warning ? [['grants[0].who[0]', expect.stringMatching(warning)]] : []);
});

test('an invalid caller is reported once, with its position', () => {
  expect(listConfigErrors(createGrantConfig('version', 'arn:aws:iam::111122223333:role/*'))).toEqual([
    expect.stringMatching(/^8:10 {2}grants\[0\]\.who\[0\] {2}role\/\* /),
  ]);
});
