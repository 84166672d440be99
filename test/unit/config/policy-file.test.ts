import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../../config/config-error.ts';
import { parseConfig } from '../../../config/parse-config.ts';
import { formatPolicyFile, parsePolicyFile } from '../../../config/policy-file.ts';
import { CATALOGS } from '../../../files/catalogs.ts';

const parse = (text: string) => parsePolicyFile(text, 'policy.yaml', CATALOGS);
const HEAD = 'environment: prod\nairflow: 2.10.3\n';
const ROLE = 'arn:aws:iam::111122223333:role/team';

test('a policy file is what the functions need, with the lines of its grants', () => {
  const { content, warnings } = parse(`${HEAD}grants:
  - { who: "${ROLE}", may: [version] }
  - { who: ["${ROLE}"], may: ["dags list"], enabled: false }
  - who: ${ROLE}
    may: [dags list]
`);
  expect(content).toEqual({
    environment: 'prod',
    airflow: ['2.10.3'],
    grants: [
      { who: [ROLE], may: ['version'], line: 4 },
      { who: [ROLE], may: ['dags list'], line: 6 },
    ],
  });
  expect(warnings).toEqual([]);
});

test('a stored policy is shown as a file that is the same policy', () => {
  const text = `${HEAD.replace('2.10.3', '[2.10.3, 3.0.6]')}grants:
  - { who: ["${ROLE}", "${ROLE}-2"], may: [version, "dags trigger a_* --conf=*", "dags list # no comment: text"] }\n`;
  const { content } = parse(text.replace(' # no comment: text', ''));
  const again = parse(formatPolicyFile(content)).content;
  expect(again.grants.map(({ who, may }) => ({ who, may }))).toEqual(
    content.grants.map(({ who, may }) => ({ who, may })),
  );
  expect(again.airflow).toEqual(content.airflow);
  expect(parse(formatPolicyFile({ ...content, grants: [] })).content.grants).toEqual([]);
});

test.each([
  [
    'an unknown rule',
    `${HEAD}grants: [{ who: "${ROLE}", may: [dags lst] }]`,
    /3:\d+ {2}grants\[0\]\.may\[0\] {2}.*lst/,
  ],
  [
    'an invalid caller',
    `${HEAD}grants: [{ who: team, may: [version] }]`,
    /grants\[0\]\.who\[0\] {2}"team" is not a caller/,
  ],
  [
    'a where',
    `${HEAD}grants: [{ who: "${ROLE}", where: prod, may: [version] }]`,
    /grants\[0\]\.where {2}unknown key\. Known keys: who, may/,
  ],
  [
    'an unknown key',
    `${HEAD}grants: [{ who: "${ROLE}", mai: [version] }]`,
    /grants\[0\]\.mai {2}unknown key\. Did you mean "may"/,
  ],
  ['an unknown key', `${HEAD}grant: []`, /unknown key/],
  [
    'an unknown release',
    'environment: prod\nairflow: 2.10.4\ngrants: []',
    /2:10 {2}airflow {2}Airflow 2\.10\.4 is not supported/,
  ],
  ['one unknown release of two', 'environment: prod\nairflow: [2.10.3, 9.9.9]\n', /airflow\[1\] {2}Airflow 9\.9\.9/],
  ['a number as the release', 'environment: prod\nairflow: 2.1\n', /airflow/],
  ['no environment', 'airflow: 2.10.3\n', /environment {2}is required/],
  ['an invalid environment', `${HEAD.replace('prod', '"a b"')}`, /environment {2}an environment name/],
  ['no YAML', 'environment: [', /policy\.yaml:1:/],
])('a policy file with %s is an error', (_what, text, message) => {
  expect(() => parse(text)).toThrow(ConfigError);
  expect(() => parse(text)).toThrow(message);
});

describe('warnings', () => {
  const GRANTS = `grants:
  - who: ["${ROLE.replace('team', 'e*')}"]
    may: ["variables get *", "dags delete *", "@all"]
`;

  test('are those of a configuration with the same grants', () => {
    const config = parseConfig(
      `region: eu-west-1
environments:
  prod: { airflow: 2.10.3, vpc: { id: vpc-1, subnets: [subnet-1], webServerSecurityGroup: sg-1 } }
operations: { alarmTopics: [] }
${GRANTS.replaceAll('    may', '    where: prod\n    may').replace(', "@all"', '')}`,
      'my.yaml',
      CATALOGS,
    );
    const ofGrants = config.warnings.filter(({ path }) => path.startsWith('grants'));
    const { warnings } = parse(HEAD + GRANTS.replace(', "@all"', ''));
    expect(ofGrants.length).toBeGreaterThan(1);
    expect(warnings.map(({ path, message }) => [path, message])).toEqual(
      ofGrants.map(({ path, message }) => [path, message]),
    );
  });

  test('name rules that one of two releases lacks', () => {
    const text = `environment: prod\nairflow: [2.10.3, 3.0.6]\ngrants: [{ who: "${ROLE}", may: ["dags list-jobs"] }, { who: "${ROLE}", may: ["assets list"] }]`;
    const { warnings } = parse(text);
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^grants nothing in the environment "prod" \(Airflow 2\.10\.3\)/),
    ]);
  });

  test('name callers that a deployment of the template does not have', () => {
    const { warnings } = parse(`${HEAD}grants: [{ who: ["oidc:sub=team-a:jo", "event:landing"], may: [version] }]`);
    expect(warnings.map(({ path, message }) => `${path} ${message}`)).toEqual([
      expect.stringMatching(
        /^grants\[0\]\.who\[0\] grants nothing, because a deployment without the CDK accepts no OIDC/,
      ),
      expect.stringMatching(/^grants\[0\]\.who\[1\] grants nothing, because events has no such name/),
    ]);
  });
});
