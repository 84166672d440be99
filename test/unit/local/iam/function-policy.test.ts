/** The policy that the proxy gives its functions, as IAM evaluates it. */
import { expect, test } from 'vitest';
import { createFunctionPolicy } from '../../../../config/function-policy.ts';
import { evaluatePolicies, type ServicePrincipal } from '../../../../local/iam/evaluate-policies.ts';
import { createPrincipalStore, type Principal } from '../../../../local/iam/principal-store.ts';

const ACCOUNT = '111122223333';
const RELAY = `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:relay`;
const RULE = `arn:aws:events:eu-west-1:${ACCOUNT}:rule/health`;
const ALLOW_ALL = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };

const principals = createPrincipalStore();
const FRONT = principals.issueCredentials(`arn:aws:sts::${ACCOUNT}:assumed-role/front/f`, [ALLOW_ALL]);
const ADMINISTRATOR = principals.issueCredentials(`arn:aws:sts::${ACCOUNT}:assumed-role/administrator/s`, [ALLOW_ALL]);
const ROOT = principals.issueCredentials(`arn:aws:iam::${ACCOUNT}:root`, [ALLOW_ALL]);
const FOREIGN = principals.issueCredentials('arn:aws:sts::444455556666:assumed-role/front/s', [ALLOW_ALL]);
const EVENTS = { service: 'events.amazonaws.com' };
const fromRule = (rule = RULE) => ({ 'aws:SourceArn': rule, 'aws:SourceAccount': ACCOUNT });

test.each<[string, Principal | ServicePrincipal, Record<string, string>, string, boolean]>([
  ['the front', FRONT, {}, RELAY, true],
  ['the schedule', EVENTS, fromRule(), RELAY, true],
  ['another schedule', EVENTS, fromRule(`${RULE}-2`), RELAY, false],
  ['a service without a source', EVENTS, {}, RELAY, false],
  ['another service with the source of the schedule', { service: 'scheduler.amazonaws.com' }, fromRule(), RELAY, false],
  [
    'API Gateway',
    { service: 'apigateway.amazonaws.com' },
    fromRule('arn:aws:execute-api:eu-west-1:1:a/v1/POST/x'),
    RELAY,
    false,
  ],
  ['an administrator', ADMINISTRATOR, {}, RELAY, false],
  ['an administrator who names a version', ADMINISTRATOR, {}, `${RELAY}:$LATEST`, false],
  ['the root user', ROOT, {}, RELAY, false],
  ['a role of another account with the name of the front', FOREIGN, {}, RELAY, false],
])(
  'a relay may be invoked by the front and its schedule only: %s',
  async (_who, principal, keys, resource, expected) => {
    const resourcePolicy = createFunctionPolicy({
      functionArn: RELAY,
      source: { service: EVENTS.service, sourceArn: RULE },
      callerRoleArns: [`arn:aws:iam::${ACCOUNT}:role/front`],
    });

    const { allowed } = await evaluatePolicies({
      principal,
      action: 'lambda:InvokeFunction',
      resource,
      resourcePolicy,
      conditionKeys: keys,
    });

    expect(allowed).toBe(expected);
  },
);
