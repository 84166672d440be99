import { expect, test } from 'vitest';
import { createDeploymentConfig } from '../../fixtures/deployment-config.ts';
import { listConfigErrors, parseTestConfig } from '../../fixtures/parse-test-config.ts';

const CONFIG = `operations: { alarmTopics: [] }
${createDeploymentConfig('2.10.3')}`;
const listWarnings = (text: string): string[] => parseTestConfig(text).warnings.map(({ message }) => message);

test('fills in the defaults', () => {
  expect(parseTestConfig(CONFIG).deployments.partner).toEqual({
    enabled: true,
    roles: ['arn:aws:iam::222233334444:role/deploy'],
    secrets: [],
    secretKeys: [],
    concurrency: 1,
  });
});

test.each<[what: string, text: string, error: RegExp]>([
  [
    'no roles',
    CONFIG.replace('roles: ["arn:aws:iam::222233334444:role/deploy"]', 'roles: []'),
    /deployments\.partner\.roles .*at least one role/,
  ],
  [
    'the ARN of a user',
    CONFIG.replace('222233334444:role/deploy', '222233334444:user/deploy'),
    /expected the ARN of a role/,
  ],
  [
    'the name of a secret',
    CONFIG.replace(/arn:aws:secretsmanager\S+/, 'airflow/db'),
    /expected the ARN of a secret or a parameter/,
  ],
  ['a name with capitals', CONFIG.replace('  partner:', '  Partner:'), /lowercase letters/],
  ['an unknown key', CONFIG.replace('secretKeys:', 'secretkeys:'), /Did you mean "secretKeys"/],
  [
    'a role of another account without resource policies',
    `functionPolicies: permissions\n${CONFIG}`,
    /deployments\.partner\.roles\[0\] .*needs functionPolicies: exclusive/,
  ],
])('rejects %s', (_what, text, error) => expect(listConfigErrors(text).join('\n')).toMatch(error));

test('warns about a deployment without a grant, unless it is disabled', () => {
  expect(listWarnings(CONFIG)).toEqual([]);
  const text = CONFIG.replace('who: deployment:partner', 'who: deployment:settings');
  expect(listWarnings(text)).toEqual([
    expect.stringMatching(/no grant names it\. Add a grant with "who: deployment:partner"/),
  ]);
});

test('warns that others can be its caller without resource policies', () => {
  const text = `functionPolicies: permissions\n${CONFIG.replaceAll('222233334444', '111122223333')}`;
  expect(listWarnings(text).filter((message) => /every identity of the account/.test(message))).toHaveLength(2);
});
