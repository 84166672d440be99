/** Tests the synthesized policies with an independent IAM evaluator. */
import { describe, expect, test } from 'vitest';
import { evaluatePolicies, isAllowed } from '../../local/iam/evaluate-policies.ts';
import { createPrincipalStore, type Principal } from '../../local/iam/principal-store.ts';
import { OIDC_CONFIG, TWO_ENVIRONMENTS } from '../fixtures/two-environments.ts';
import { formatIntrinsics, type SynthesizedStack, synthesizeConfig } from './synthesize-config.ts';

const OWN_ACCOUNT = '111122223333';
const OTHER_ACCOUNT = '222233334444';
const UNKNOWN_ACCOUNT = '999900001111';
const ORGANIZATION = 'o-a1b2c3d4e5';
const ENDPOINT = 'vpce-0aaa1111';

const API = `arn:aws:execute-api:ap-southeast-2:${OWN_ACCOUNT}:abcdef1234`;
const CLI_METHOD_ARN = `${API}/v1/POST/environments/prod/cli`;
const INVOKE_POLICY = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: 'arn:aws:execute-api:*:*:*' }],
};

const principals = createPrincipalStore();
const createRole = (account: string, name: string, policies: unknown[], organizationId?: string): Principal =>
  principals.issueCredentials(
    `arn:aws:sts::${account}:assumed-role/${name}/session`,
    policies,
    organizationId === undefined ? {} : { organizationId },
  );
const CALLERS = {
  'own account': createRole(OWN_ACCOUNT, 'etl', [INVOKE_POLICY], ORGANIZATION),
  'own account, no policy': createRole(OWN_ACCOUNT, 'etl', [], ORGANIZATION),
  'own account, admin': createRole(OWN_ACCOUNT, 'admin', [
    { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
  ]),
  'own account, user': principals.issueCredentials(`arn:aws:iam::${OWN_ACCOUNT}:user/jo`, [INVOKE_POLICY], {
    organizationId: ORGANIZATION,
  }),
  'other account': createRole(OTHER_ACCOUNT, 'etl', [INVOKE_POLICY], ORGANIZATION),
  'other account, no policy': createRole(OTHER_ACCOUNT, 'etl', [], ORGANIZATION),
  'other account, no organization': createRole(OTHER_ACCOUNT, 'etl', [INVOKE_POLICY]),
  'other account and organization': createRole(OTHER_ACCOUNT, 'etl', [INVOKE_POLICY], 'o-zzzzzzzzzz'),
  'unknown account': createRole(UNKNOWN_ACCOUNT, 'etl', [INVOKE_POLICY], ORGANIZATION),
  anonymous: undefined,
} satisfies Record<string, Principal | undefined>;
type CallerName = keyof typeof CALLERS;

/** Returns the resource policy as API Gateway stores it, with full ARNs. */
function readResourcePolicy({ resources }: SynthesizedStack): unknown {
  const [api] = resources('AWS::ApiGateway::RestApi');
  return JSON.parse(
    JSON.stringify(api?.Properties.Policy, (_key, value) =>
      typeof value === 'object' && value !== null && ['Ref', 'Fn::GetAtt', 'Fn::Join'].some((name) => name in value)
        ? formatIntrinsics(value).replace('<AWS::Partition>', 'aws')
        : value,
    ).replaceAll('execute-api:/', `${API}/`),
  );
}

async function evaluateCall(
  policy: unknown,
  caller: CallerName,
  resource = CLI_METHOD_ARN,
  endpoint?: string,
): Promise<string> {
  const { allowed, explicitDeny } = await evaluatePolicies({
    principal: CALLERS[caller],
    action: 'execute-api:Invoke',
    resource,
    resourcePolicy: policy,
    conditionKeys: endpoint === undefined ? {} : { 'aws:SourceVpce': endpoint },
  });
  return allowed ? 'allowed' : explicitDeny ? 'denied' : 'not allowed';
}

const synthesizeWithApi = (members: string) =>
  synthesizeConfig(TWO_ENVIRONMENTS.replace(/api: \{.*\}\n/, `api: { ${members} }\n`));

const formatAccounts = (...ids: string[]) => `callers: { accounts: [${ids.map((id) => `"${id}"`).join(', ')}] }`;
const organization = `callers: { organization: ${ORGANIZATION} }`;
const organizationAndAccount = `callers: { organization: ${ORGANIZATION}, accounts: ["${OTHER_ACCOUNT}"] }`;
const singleRole = `callers: { principals: ["arn:aws:iam::${OWN_ACCOUNT}:role/et*"] }`;
const roleAndAccount = `callers: { principals: ["arn:aws:iam::${OWN_ACCOUNT}:role/etl"], accounts: ["${OTHER_ACCOUNT}"] }`;

describe('signed requests', () => {
  test.each<[api: string, caller: CallerName, expected: string]>([
    // Neither api.callers nor a grant names callers: all are denied, regardless of their own policies.
    ['endpoint: regional', 'own account', 'denied'],
    ['endpoint: regional', 'own account, admin', 'denied'],
    ['endpoint: regional', 'other account', 'denied'],
    ['endpoint: regional', 'anonymous', 'denied'],

    // Accounts
    [formatAccounts(OWN_ACCOUNT), 'own account', 'allowed'],
    [formatAccounts(OWN_ACCOUNT), 'own account, user', 'allowed'],
    [formatAccounts(OWN_ACCOUNT), 'own account, no policy', 'not allowed'],
    [formatAccounts(OWN_ACCOUNT), 'other account', 'denied'],
    [formatAccounts(OWN_ACCOUNT), 'anonymous', 'denied'],
    [formatAccounts(OTHER_ACCOUNT), 'other account', 'allowed'],
    [formatAccounts(OTHER_ACCOUNT), 'other account, no policy', 'not allowed'],
    [formatAccounts(OTHER_ACCOUNT), 'own account', 'denied'],
    [formatAccounts(OTHER_ACCOUNT), 'own account, admin', 'denied'],
    [formatAccounts(OWN_ACCOUNT, OTHER_ACCOUNT), 'other account, no organization', 'allowed'],
    [formatAccounts(OWN_ACCOUNT, OTHER_ACCOUNT), 'unknown account', 'denied'],

    // An organization: callers from the API's account also need an identity policy.
    [organization, 'own account', 'allowed'],
    [organization, 'own account, no policy', 'not allowed'],
    [organization, 'own account, admin', 'denied'],
    [organization, 'other account', 'allowed'],
    [organization, 'other account, no policy', 'not allowed'],
    [organization, 'other account, no organization', 'denied'],
    [organization, 'other account and organization', 'denied'],
    [organization, 'unknown account', 'allowed'],
    [organization, 'anonymous', 'denied'],

    // An organization and accounts: both must match.
    [organizationAndAccount, 'other account', 'allowed'],
    [organizationAndAccount, 'other account, no organization', 'denied'],
    [organizationAndAccount, 'unknown account', 'denied'],
    [organizationAndAccount, 'own account', 'denied'],

    // Roles
    [singleRole, 'own account', 'allowed'],
    [singleRole, 'own account, no policy', 'not allowed'],
    [singleRole, 'own account, admin', 'denied'],
    [singleRole, 'own account, user', 'denied'],
    [singleRole, 'other account', 'denied'],
    [singleRole, 'anonymous', 'denied'],
    [roleAndAccount, 'own account', 'allowed'],
    [roleAndAccount, 'own account, admin', 'denied'],
    [roleAndAccount, 'other account', 'allowed'],
    [roleAndAccount, 'unknown account', 'denied'],
  ])('with { %s }, the caller "%s" is %s', async (api, caller, expected) => {
    expect(await evaluateCall(readResourcePolicy(synthesizeWithApi(api)), caller)).toBe(expected);
  });

  /** Without `api.callers`, grants define the callers. */
  test.each<[who: string, caller: CallerName, expected: string]>([
    [`arn:aws:iam::${OWN_ACCOUNT}:role/etl`, 'own account', 'allowed'],
    [`arn:aws:iam::${OWN_ACCOUNT}:role/etl`, 'own account, no policy', 'not allowed'],
    [`arn:aws:iam::${OWN_ACCOUNT}:role/etl`, 'own account, admin', 'denied'],
    [`arn:aws:iam::${OWN_ACCOUNT}:role/etl`, 'own account, user', 'denied'],
    [`arn:aws:iam::${OWN_ACCOUNT}:role/etl`, 'other account', 'denied'],
    [`arn:aws:iam::${OWN_ACCOUNT}:role/team/et*`, 'own account', 'allowed'],
    [`arn:aws:iam::${OWN_ACCOUNT}:user/jo`, 'own account, user', 'allowed'],
    [`arn:aws:iam::${OWN_ACCOUNT}:user/jo`, 'own account', 'denied'],
    [`arn:aws:iam::${OTHER_ACCOUNT}:role/etl`, 'other account', 'allowed'],
    [`arn:aws:iam::${OTHER_ACCOUNT}:role/etl`, 'other account, no policy', 'not allowed'],
    [`arn:aws:iam::${OTHER_ACCOUNT}:role/etl`, 'own account', 'denied'],
    ['oidc:groups=etl', 'own account', 'denied'],
  ])('with a grant to %s, the caller "%s" is %s', async (who, caller, expected) => {
    const text = TWO_ENVIRONMENTS.replace(/api: \{.*\}\n/, '').replace('who: everyone', `who: "${who}"`);
    expect(await evaluateCall(readResourcePolicy(synthesizeConfig(text)), caller)).toBe(expected);
  });

  test('a disabled grant and a grant for a disabled environment allow no caller', async () => {
    const text = TWO_ENVIRONMENTS.replace(/api: \{.*\}\n/, '')
      .replace('who: later', `who: "arn:aws:iam::${OWN_ACCOUNT}:role/etl"`)
      .replace('who: sleeper', `who: "arn:aws:iam::${OWN_ACCOUNT}:role/etl"`);
    expect(await evaluateCall(readResourcePolicy(synthesizeConfig(text)), 'own account')).toBe('denied');
  });

  test('a grant to a role allows the role with any path', async () => {
    const text = TWO_ENVIRONMENTS.replace(/api: \{.*\}\n/, '').replace(
      'who: everyone',
      `who: "arn:aws:iam::${OWN_ACCOUNT}:role/etl"`,
    );
    const policy = readResourcePolicy(synthesizeConfig(text));
    const evaluateAs = (arn: string) =>
      evaluatePolicies({
        principal: CALLERS['own account'],
        action: 'execute-api:Invoke',
        resource: CLI_METHOD_ARN,
        resourcePolicy: policy,
        conditionKeys: { 'aws:PrincipalArn': arn },
      });

    expect((await evaluateAs(`arn:aws:iam::${OWN_ACCOUNT}:role/data/team/etl`)).allowed).toBe(true);
    expect((await evaluateAs(`arn:aws:iam::${OWN_ACCOUNT}:role/data/team/not-etl`)).explicitDeny).toBe(true);
  });

  test('the policy applies to all paths, and allows no other stage', async () => {
    const policy = readResourcePolicy(synthesizeWithApi(formatAccounts(OWN_ACCOUNT)));
    for (const path of ['GET/environments', 'GET/environments/prod/health', 'POST/environments/next/explain']) {
      expect(await evaluateCall(policy, 'own account', `${API}/v1/${path}`)).toBe('allowed');
      expect(await evaluateCall(policy, 'other account', `${API}/v1/${path}`)).toBe('denied');
    }
    expect(await evaluateCall(policy, 'own account, no policy', `${API}/v2/GET/environments`)).toBe('not allowed');
  });
});

describe('requests below /oidc, which have no principal', () => {
  const tokens = `${API}/v1/POST/oidc/environments/prod/cli`;

  test.each([
    `${OIDC_CONFIG}, ${formatAccounts(OWN_ACCOUNT)}`,
    `${OIDC_CONFIG}, ${organization}`,
    `${OIDC_CONFIG}, ${singleRole}`,
    OIDC_CONFIG,
  ])('with { %s }, the policy neither allows nor denies a token', async (api) => {
    expect(await evaluateCall(readResourcePolicy(synthesizeWithApi(api)), 'anonymous', tokens)).toBe('not allowed');
  });

  test('a planted condition on the principal denies these requests', async () => {
    const policy = JSON.parse(
      JSON.stringify(
        readResourcePolicy(synthesizeWithApi(`${OIDC_CONFIG}, ${formatAccounts(OWN_ACCOUNT)}`)),
      ).replaceAll('POST/environments/*', '*/environments/*'),
    );
    expect(await evaluateCall(policy, 'anonymous', tokens)).toBe('denied');
  });
});

interface TemplateStatement {
  readonly Effect: string;
  readonly Principal: unknown;
  readonly Condition?: object;
}

/** Lists Allow statements for everyone without a condition. */
const listOpenStatements = (policy: unknown): TemplateStatement[] =>
  (policy as { Statement: TemplateStatement[] }).Statement.filter(
    ({ Effect, Principal, Condition }) =>
      Effect === 'Allow' && JSON.stringify(Principal).includes('"*"') && Object.keys(Condition ?? {}).length === 0,
  );

test('no statement allows everyone without a condition', () => {
  const privateApi = `endpoint: private, vpcEndpoint: { ids: [${ENDPOINT}] }`;
  for (const api of [
    'tracing: true',
    formatAccounts(OWN_ACCOUNT),
    organization,
    organizationAndAccount,
    singleRole,
    OIDC_CONFIG,
    privateApi,
    `${privateApi}, ${OIDC_CONFIG}`,
  ]) {
    expect(listOpenStatements(readResourcePolicy(synthesizeWithApi(api)))).toEqual([]);
  }
  const planted = JSON.parse(JSON.stringify(readResourcePolicy(synthesizeWithApi(organization))));
  delete planted.Statement.find(({ Sid }: { Sid: string }) => Sid === 'Organization').Condition;
  expect(listOpenStatements(planted)).toHaveLength(1);
});

describe('a private API', () => {
  const privateApi = `endpoint: private, vpcEndpoint: { ids: [${ENDPOINT}] }, ${formatAccounts(OWN_ACCOUNT, OTHER_ACCOUNT)}`;
  const tokens = `${API}/v1/POST/oidc/environments/prod/cli`;

  test.each<[api: string, caller: CallerName, endpoint: string | undefined, resource: string, expected: string]>([
    [privateApi, 'own account', ENDPOINT, CLI_METHOD_ARN, 'allowed'],
    [privateApi, 'own account', 'vpce-0bbb2222', CLI_METHOD_ARN, 'denied'],
    [privateApi, 'own account', undefined, CLI_METHOD_ARN, 'denied'],
    [privateApi, 'own account, no policy', ENDPOINT, CLI_METHOD_ARN, 'not allowed'],
    [privateApi, 'other account', ENDPOINT, CLI_METHOD_ARN, 'allowed'],
    [privateApi, 'unknown account', ENDPOINT, CLI_METHOD_ARN, 'denied'],
    [
      privateApi.replace('accounts: [', 'vpcEndpoints: [vpce-0ccc3333], accounts: ['),
      'other account',
      'vpce-0ccc3333',
      CLI_METHOD_ARN,
      'allowed',
    ],
    [
      privateApi.replace('accounts: [', 'vpcEndpoints: [vpce-0ccc3333], accounts: ['),
      'own account',
      ENDPOINT,
      CLI_METHOD_ARN,
      'denied',
    ],
    [`${privateApi}, ${OIDC_CONFIG}`, 'anonymous', ENDPOINT, tokens, 'allowed'],
    [`${privateApi}, ${OIDC_CONFIG}`, 'anonymous', 'vpce-0bbb2222', tokens, 'denied'],
    [`${privateApi}, ${OIDC_CONFIG}`, 'anonymous', undefined, tokens, 'denied'],
  ])('with { %s }, the caller "%s" through %s on %s is %s', async (api, caller, endpoint, resource, expected) => {
    expect(await evaluateCall(readResourcePolicy(synthesizeWithApi(api)), caller, resource, endpoint)).toBe(expected);
  });
});

describe('the role of a relay', () => {
  const policies = synthesizeConfig(TWO_ENVIRONMENTS)
    .resources('AWS::IAM::Role')
    .find(({ Properties }) => Properties.Description === 'Relay of the MWAA environment analytics')
    ?.Properties.Policies.map(({ PolicyDocument }: { PolicyDocument: unknown }) =>
      JSON.parse(
        JSON.stringify(PolicyDocument, (_key, value) =>
          typeof value === 'object' && value !== null && 'Fn::GetAtt' in value
            ? `arn:aws:logs:ap-southeast-2:${OWN_ACCOUNT}:log-group:own:*`
            : value,
        ),
      ),
    );
  const relay = createRole(OWN_ACCOUNT, 'relay', policies);
  const airflow = `arn:aws:airflow:ap-southeast-2:${OWN_ACCOUNT}`;
  const eni = `arn:aws:ec2:ap-southeast-2:${OWN_ACCOUNT}:network-interface/eni-0`;

  test.each<[action: string, resource: string, expected: boolean]>([
    ['airflow:CreateCliToken', `${airflow}:environment/analytics`, true],
    ['airflow:CreateCliToken', `${airflow}:environment/next`, false],
    ['airflow:CreateCliToken', `${airflow}:environment/analytics2`, false],
    ['airflow:CreateCliToken', `arn:aws:airflow:eu-west-1:${OWN_ACCOUNT}:environment/analytics`, false],
    ['airflow:CreateCliToken', `arn:aws:airflow:ap-southeast-2:${OTHER_ACCOUNT}:environment/analytics`, false],
    ['airflow:CreateWebLoginToken', `${airflow}:role/analytics/Admin`, false],
    ['airflow:GetEnvironment', `${airflow}:environment/analytics`, false],
    ['airflow:UpdateEnvironment', `${airflow}:environment/analytics`, false],
    ['airflow:InvokeRestApi', `${airflow}:role/analytics/Admin`, false],
    ['logs:PutLogEvents', `arn:aws:logs:ap-southeast-2:${OWN_ACCOUNT}:log-group:own:log-stream:x`, true],
    ['logs:PutLogEvents', `arn:aws:logs:ap-southeast-2:${OWN_ACCOUNT}:log-group:another:log-stream:x`, false],
    ['logs:DeleteLogGroup', `arn:aws:logs:ap-southeast-2:${OWN_ACCOUNT}:log-group:own`, false],
    ['ec2:CreateNetworkInterface', eni, true],
    ['ec2:DeleteNetworkInterface', eni, true],
    ['ec2:ModifyNetworkInterfaceAttribute', eni, false],
    ['ec2:AuthorizeSecurityGroupEgress', `arn:aws:ec2:ap-southeast-2:${OWN_ACCOUNT}:security-group/sg-0`, false],
    ['s3:GetObject', 'arn:aws:s3:::bucket/key', false],
    ['sts:AssumeRole', `arn:aws:iam::${OWN_ACCOUNT}:role/admin`, false],
    ['lambda:InvokeFunction', `arn:aws:lambda:ap-southeast-2:${OWN_ACCOUNT}:function:other`, false],
  ])('allows %s on %s: %s', async (action, resource, expected) => {
    expect(await isAllowed(relay, action, resource)).toBe(expected);
  });

  test.each(['Create', 'Delete', 'Describe'])(
    '%s network interfaces: Lambda may, the code of the function may not',
    async (verb) => {
      const action = `ec2:${verb}NetworkInterface${verb === 'Describe' ? 's' : ''}`;
      const resource = verb === 'Describe' ? '*' : eni;
      const calledByCode = {
        'lambda:SourceFunctionArn': `arn:aws:lambda:ap-southeast-2:${OWN_ACCOUNT}:function:relay`,
      };
      const evaluateWith = (conditionKeys: Record<string, string>) =>
        evaluatePolicies({ principal: relay, action, resource, conditionKeys });

      expect((await evaluateWith({})).allowed).toBe(true);
      expect(await evaluateWith(calledByCode)).toMatchObject({ allowed: false, explicitDeny: true });
    },
  );
});
