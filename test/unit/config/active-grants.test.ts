import { expect, test } from 'vitest';
import { formatGrantRules, selectActiveGrants } from '../../../config/active-grants.ts';
import type { ConfigGrant } from '../../../config/config-types.ts';
import { parseTestConfig } from '../../fixtures/parse-test-config.ts';

const createConfig = (grants: string) =>
  parseTestConfig(`
region: eu-west-1
environments:
  prod:
    airflow: 2.10.3
    vpc: { id: vpc-0abc1234, subnets: [subnet-0aaa1111], webServerSecurityGroup: sg-0bbb1111 }
api: { callers: { accounts: ["111122223333"] } }
grants:
${grants}`);

const [A, B] = ['arn:aws:iam::111122223333:role/a', 'arn:aws:iam::111122223333:role/b'];

/** Returns the lines that are removed and added. */
function diffRules(before: string, after: string): string[] {
  const format = (grants: string) =>
    formatGrantRules(selectActiveGrants(createConfig(grants), 'prod') as ConfigGrant[]);
  const [oldRules, newRules] = [format(before), format(after)];
  return [
    ...oldRules.filter((rule) => !newRules.includes(rule)).map((rule) => `- ${rule}`),
    ...newRules.filter((rule) => !oldRules.includes(rule)).map((rule) => `+ ${rule}`),
  ];
}

const ONE = `  - { who: ${A}, where: prod, may: [version, dags list] }`;
const TWO = `  - { who: [${A}, ${B}], where: prod, may: [version, dags list] }`;

test.each([
  [
    'a changed rule',
    ONE,
    ONE.replace('dags list', 'dags pause x'),
    [`- ${A} may: dags list`, `+ ${A} may: dags pause x`],
  ],
  ['an added rule', ONE, ONE.replace('dags list', 'dags list, dags report'), [`+ ${A} may: dags report`]],
  ['a removed caller', TWO, ONE, [`- ${B} may: dags list`, `- ${B} may: version`]],
  ['an added caller', ONE, TWO, [`+ ${B} may: dags list`, `+ ${B} may: version`]],
  ['a disabled grant', ONE, ONE.replace('}', ', enabled: false }'), [`- ${A} may: dags list`, `- ${A} may: version`]],
  ['grants in another order', `${ONE}\n${TWO}`, `${TWO}\n${ONE}`, []],
  ['a grant that is split', TWO, `${ONE}\n${ONE.replace(A, B)}`, []],
  ['a grant that repeats another', ONE, `${ONE}\n${ONE}`, []],
])('the rules by caller show %s', (_what, before, after, expected) => {
  expect(diffRules(before, after)).toEqual(expected);
});
