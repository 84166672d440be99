/** Evaluates the key policy in docs/deploying.md for the log groups of a deployment, as CloudWatch Logs and Lambda use the key. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { evaluatePolicies } from '../../local/iam/evaluate-policies.ts';
import { createPrincipalStore, type Principal } from '../../local/iam/principal-store.ts';
import { OIDC_CONFIG, TWO_ENVIRONMENTS } from '../fixtures/two-environments.ts';
import { synthesizeConfig } from './synthesize-config.ts';

const REGION = 'ap-southeast-2';
const ACCOUNT = '111122223333';
const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
const page = readFileSync(new URL('../../docs/deploying.md', import.meta.url), 'utf8');
const policyText = /### A KMS key[\s\S]*?```json\n([\s\S]*?)```/.exec(page)?.[1] ?? '';

/**
 * The evaluator knows no condition keys with a variable part after a colon. So the policy is evaluated with another key of the same
 * type, which it has nowhere else.
 */
const CONTEXT_KEY = 'kms:EncryptionContext:aws:logs:arn';
const EVALUATED_KEY = 'aws:SourceArn';
const keyPolicy = JSON.parse(policyText.replaceAll(CONTEXT_KEY, EVALUATED_KEY));

const createService = (service: string) => ({ service });
const LOGS = createService(`logs.${REGION}.amazonaws.com`);

async function isAllowed(
  principal: Principal | ReturnType<typeof createService>,
  action: string,
  conditionKeys: Record<string, string> = {},
) {
  const { allowed } = await evaluatePolicies({
    principal,
    action: `kms:${action}`,
    resource: KEY,
    resourcePolicy: keyPolicy,
    conditionKeys,
  });
  return allowed;
}

/** What CloudWatch Logs does with a key, with the log group as the encryption context. Source: "Encrypt log data using AWS KMS". */
const LOG_ACTIONS = ['Encrypt', 'Decrypt', 'ReEncryptFrom', 'ReEncryptTo', 'GenerateDataKey', 'DescribeKey'];
const createContext = (logGroup: string, account = ACCOUNT) => ({
  [EVALUATED_KEY]: `arn:aws:logs:${REGION}:${account}:log-group:${logGroup}`,
});

const text = `${TWO_ENVIRONMENTS.replace('api: {', `api: { ${OIDC_CONFIG},`)}kmsKey: ${KEY}\n`;
const synthesized = synthesizeConfig(text);
/** CloudFormation generates a name from the stack, the logical ID and a suffix, unless the template has a name. */
const logGroups = synthesized
  .resources('AWS::Logs::LogGroup')
  .map(({ id, Properties }) => Properties.LogGroupName ?? `MwaaCliProxy-${id.replaceAll('.', '-')}-0A1B2C3D4E5F`);

test('the key policy has a condition on the log group, and the evaluated key occurs nowhere else in it', () => {
  expect(policyText).toContain(`"ArnLike": {\n          "${CONTEXT_KEY}"`);
  expect(policyText).not.toContain(EVALUATED_KEY);
});

test('every log group uses the key', () => {
  const groups = synthesized.resources('AWS::Logs::LogGroup');

  expect(groups.length).toBeGreaterThan(2);
  expect(groups.map(({ Properties }) => Properties.KmsKeyId)).toEqual(groups.map(() => KEY));
});

describe.each(logGroups)('the key policy, for the log group %s,', (logGroup) => {
  test.each(LOG_ACTIONS)('allows CloudWatch Logs kms:%s', async (action) => {
    expect(await isAllowed(LOGS, action, createContext(logGroup))).toBe(true);
  });

  test('allows it neither to other services, nor for other accounts or regions', async () => {
    const context = createContext(logGroup);
    expect(await isAllowed(createService('s3.amazonaws.com'), 'Decrypt', context)).toBe(false);
    expect(await isAllowed(createService('logs.eu-west-1.amazonaws.com'), 'Decrypt', context)).toBe(false);
    expect(await isAllowed(LOGS, 'Decrypt', createContext(logGroup, '222233334444'))).toBe(false);
    expect(await isAllowed(LOGS, 'Decrypt')).toBe(false);
  });
});

test('the key policy does not allow CloudWatch Logs to use the key for log groups of other stacks', async () => {
  expect(await isAllowed(LOGS, 'Encrypt', createContext('/aws/lambda/other'))).toBe(false);
});

describe('the functions', () => {
  const { issueCredentials } = createPrincipalStore();
  const createRole = (name: string, actions: string[], account = ACCOUNT) =>
    issueCredentials(`arn:aws:sts::${account}:assumed-role/${name}/session`, [
      { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] },
    ]);
  const actions = ['CreateGrant', 'DescribeKey', 'Encrypt', 'Decrypt'];

  test.each(actions)('CloudFormation may use kms:%s if its role may', async (action) => {
    const conditions = { 'kms:ViaService': `lambda.${REGION}.amazonaws.com` };

    expect(await isAllowed(createRole('cfn-exec', [`kms:${action}`]), action, conditions)).toBe(true);
    expect(await isAllowed(createRole('developer', ['lambda:*']), action, conditions)).toBe(false);
    expect(await isAllowed(createRole('cfn-exec', ['kms:*'], '222233334444'), action, conditions)).toBe(false);
  });
});
