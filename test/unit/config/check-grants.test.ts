import { describe, expect, test } from 'vitest';
import { checkGrants } from '../../../config/check-grants.ts';
import { ConfigError } from '../../../config/config-error.ts';
import { parseConfig } from '../../../config/parse-config.ts';

/** Two environments of two releases, and one grant for both. */
const createGrantConfig = (may: string, who = 'arn:aws:iam::111122223333:role/team') => `region: eu-west-1
api: { callers: { accounts: ["111122223333"] } }
environments:
  two: { airflow: 2.10.3, vpc: { id: vpc-1, subnets: [subnet-1], webServerSecurityGroup: sg-1 } }
  three: { airflow: 3.0.6, vpc: { id: vpc-1, subnets: [subnet-1], webServerSecurityGroup: sg-1 } }
grants:
  - who: ${who}
    where: "*"
    may:
      - ${may}
`;

const parseWithGrantCheck = (text: string) => parseConfig(text, 'f.yaml', checkGrants);

describe('a sentence over two releases', () => {
  test.each<[may: string, warnings: RegExp[]]>([
    ['dags list', []],
    ['"@read"', []],
    ['dags list-runs --dag-id=x', [/^grants nothing on Airflow 3\.0\.6: "dags list-runs" has no option "--dag-id"/]],
    ['dags backfill * --start-date=* --end-date=*', [/Airflow 3\.0\.6: .*no command/, /runs the code/]],
    ['tasks clear *', [/clears every run/]],
    ['variables get *', [/often secret/]],
  ])('%s is good, with %j', (may, warnings) => {
    const { warnings: found } = parseWithGrantCheck(createGrantConfig(may));
    expect(found.map(({ message }) => message)).toEqual(warnings.map((one) => expect.stringMatching(one)));
    for (const { line } of found) expect(line).toBe(10);
  });

  test.each<[may: string, message: RegExp]>([
    ['dags triger x', /^f\.yaml:10:9 {2}grants\[0\]\.may\[0\] {2}.*Did you mean "trigger"/],
    ['dags trigger * --confg=*', /Did you mean "--conf"/],
    ['"@raed"', /Did you mean "@read"/],
  ])('%s is wrong on both, and told once', (may, message) => {
    const fault = () => parseWithGrantCheck(createGrantConfig(may));
    expect(fault).toThrow(ConfigError);
    expect(fault).toThrow(message);
    expect(fault).toThrow(expect.objectContaining({ issues: [expect.anything()] }));
  });

  test.each<[who: string, message: RegExp]>([
    ['"oidc:groups=etl"', /^grants nothing: the API takes no tokens without api\.oidc$/],
    ['arn:aws:iam::222233334444:role/etl', /^grants nothing: api\.callers names nobody of account 222233334444$/],
    ['arn:aws-cn:iam::111122223333:role/etl', /^grants nothing: the partition of eu-west-1 is aws$/],
  ])('a grant to %s, whom the API does not let in, is warned about', (who, message) => {
    const { warnings } = parseWithGrantCheck(createGrantConfig('version', who));
    expect(warnings.map((one) => [one.path, one.message])).toEqual([
      ['grants[0].who[0]', expect.stringMatching(message)],
    ]);
  });

  test('a caller that cannot be is told once, with its place', () => {
    expect(() => parseWithGrantCheck(createGrantConfig('version', 'arn:aws:iam::111122223333:role/*'))).toThrow(
      /^f\.yaml:7:10 {2}grants\[0\]\.who\[0\] {2}role\/\* would let in every role/,
    );
  });
});
