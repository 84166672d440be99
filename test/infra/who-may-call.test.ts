/** Who may call, decided on the synthesised policies by an independent evaluator of IAM. */
import { describe, expect, test } from 'vitest';
import { decide, isAllowed } from '../../local/iam/evaluate.ts';
import { createPrincipals, type Principal } from '../../local/iam/principals.ts';
import { readable, type Synthesis, synthesis } from './synthesis.ts';
import { OIDC, TWO_ENVIRONMENTS } from './two-environments.ts';

const OWN = '111122223333';
const OTHER = '222233334444';
const STRANGE = '999900001111';
const ORGANIZATION = 'o-a1b2c3d4e5';
const ENDPOINT = 'vpce-0aaa1111';

const API = `arn:aws:execute-api:ap-southeast-2:${OWN}:abcdef1234`;
const CLI = `${API}/v1/POST/environments/prod/cli`;
const MAY_INVOKE = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: 'arn:aws:execute-api:*:*:*' }],
};

const principals = createPrincipals();
const role = (account: string, name: string, policies: unknown[], organizationId?: string): Principal =>
  principals.issue(
    `arn:aws:sts::${account}:assumed-role/${name}/session`,
    policies,
    organizationId === undefined ? {} : { organizationId },
  );
const CALLERS = {
  own: role(OWN, 'etl', [MAY_INVOKE], ORGANIZATION),
  'own without policy': role(OWN, 'etl', [], ORGANIZATION),
  'own admin': role(OWN, 'admin', [
    { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
  ]),
  'own user': principals.issue(`arn:aws:iam::${OWN}:user/jo`, [MAY_INVOKE], { organizationId: ORGANIZATION }),
  other: role(OTHER, 'etl', [MAY_INVOKE], ORGANIZATION),
  'other without policy': role(OTHER, 'etl', [], ORGANIZATION),
  'other of no organisation': role(OTHER, 'etl', [MAY_INVOKE]),
  'other of another organisation': role(OTHER, 'etl', [MAY_INVOKE], 'o-zzzzzzzzzz'),
  strange: role(STRANGE, 'etl', [MAY_INVOKE], ORGANIZATION),
  nobody: undefined,
} satisfies Record<string, Principal | undefined>;
type Caller = keyof typeof CALLERS;

/** The API's policy as AWS keeps it: short resources written out. */
function policyOf({ resources }: Synthesis): unknown {
  const [api] = resources('AWS::ApiGateway::RestApi');
  return JSON.parse(
    JSON.stringify(api?.Properties.Policy, (_key, value) =>
      typeof value === 'object' && value !== null && ['Ref', 'Fn::GetAtt', 'Fn::Join'].some((name) => name in value)
        ? readable(value).replace('<AWS::Partition>', 'aws')
        : value,
    ).replaceAll('execute-api:/', `${API}/`),
  );
}

async function mayCall(policy: unknown, caller: Caller, resource = CLI, endpoint?: string): Promise<string> {
  const { allowed, explicitDeny } = await decide({
    principal: CALLERS[caller],
    action: 'execute-api:Invoke',
    resource,
    resourcePolicy: policy,
    context: endpoint === undefined ? {} : { 'aws:SourceVpce': endpoint },
  });
  return allowed ? 'allowed' : explicitDeny ? 'denied' : 'not allowed';
}

const withApi = (members: string) => synthesis(TWO_ENVIRONMENTS.replace(/api: \{.*\}\n/, `api: { ${members} }\n`));

const accounts = (...ids: string[]) => `callers: { accounts: [${ids.map((id) => `"${id}"`).join(', ')}] }`;
const organization = `callers: { organization: ${ORGANIZATION} }`;
const both = `callers: { organization: ${ORGANIZATION}, accounts: ["${OTHER}"] }`;
const oneRole = `callers: { principals: ["arn:aws:iam::${OWN}:role/et*"] }`;
const roleAndAccount = `callers: { principals: ["arn:aws:iam::${OWN}:role/etl"], accounts: ["${OTHER}"] }`;

describe('signed requests', () => {
  test.each<[api: string, caller: Caller, expected: string]>([
    // Nobody is named, here or by a grant: nobody calls, whatever their own policies say.
    ['endpoint: regional', 'own', 'denied'],
    ['endpoint: regional', 'own admin', 'denied'],
    ['endpoint: regional', 'other', 'denied'],
    ['endpoint: regional', 'nobody', 'denied'],

    // Accounts
    [accounts(OWN), 'own', 'allowed'],
    [accounts(OWN), 'own user', 'allowed'],
    [accounts(OWN), 'own without policy', 'not allowed'],
    [accounts(OWN), 'other', 'denied'],
    [accounts(OWN), 'nobody', 'denied'],
    [accounts(OTHER), 'other', 'allowed'],
    [accounts(OTHER), 'other without policy', 'not allowed'],
    [accounts(OTHER), 'own', 'denied'],
    [accounts(OTHER), 'own admin', 'denied'],
    [accounts(OWN, OTHER), 'other of no organisation', 'allowed'],
    [accounts(OWN, OTHER), 'strange', 'denied'],

    // An organisation: the API's own account needs a policy of its own as everybody does
    [organization, 'own', 'allowed'],
    [organization, 'own without policy', 'not allowed'],
    [organization, 'own admin', 'denied'],
    [organization, 'other', 'allowed'],
    [organization, 'other without policy', 'not allowed'],
    [organization, 'other of no organisation', 'denied'],
    [organization, 'other of another organisation', 'denied'],
    [organization, 'strange', 'allowed'],
    [organization, 'nobody', 'denied'],

    // An organisation and accounts of it: both must hold
    [both, 'other', 'allowed'],
    [both, 'other of no organisation', 'denied'],
    [both, 'strange', 'denied'],
    [both, 'own', 'denied'],

    // Roles
    [oneRole, 'own', 'allowed'],
    [oneRole, 'own without policy', 'not allowed'],
    [oneRole, 'own admin', 'denied'],
    [oneRole, 'own user', 'denied'],
    [oneRole, 'other', 'denied'],
    [oneRole, 'nobody', 'denied'],
    [roleAndAccount, 'own', 'allowed'],
    [roleAndAccount, 'own admin', 'denied'],
    [roleAndAccount, 'other', 'allowed'],
    [roleAndAccount, 'strange', 'denied'],
  ])('{ %s }, %s: %s', async (api, caller, expected) => {
    expect(await mayCall(policyOf(withApi(api)), caller)).toBe(expected);
  });

  /** Where `api.callers` names nobody, grants do. */
  test.each<[who: string, caller: Caller, expected: string]>([
    [`arn:aws:iam::${OWN}:role/etl`, 'own', 'allowed'],
    [`arn:aws:iam::${OWN}:role/etl`, 'own without policy', 'not allowed'],
    [`arn:aws:iam::${OWN}:role/etl`, 'own admin', 'denied'],
    [`arn:aws:iam::${OWN}:role/etl`, 'own user', 'denied'],
    [`arn:aws:iam::${OWN}:role/etl`, 'other', 'denied'],
    [`arn:aws:iam::${OWN}:role/team/et*`, 'own', 'allowed'],
    [`arn:aws:iam::${OWN}:user/jo`, 'own user', 'allowed'],
    [`arn:aws:iam::${OWN}:user/jo`, 'own', 'denied'],
    [`arn:aws:iam::${OTHER}:role/etl`, 'other', 'allowed'],
    [`arn:aws:iam::${OTHER}:role/etl`, 'other without policy', 'not allowed'],
    [`arn:aws:iam::${OTHER}:role/etl`, 'own', 'denied'],
    ['oidc:groups=etl', 'own', 'denied'],
  ])('by a grant to %s, %s: %s', async (who, caller, expected) => {
    const text = TWO_ENVIRONMENTS.replace(/api: \{.*\}\n/, '').replace('who: everyone', `who: "${who}"`);
    expect(await mayCall(policyOf(synthesis(text)), caller)).toBe(expected);
  });

  test('a grant that is off, and one of an environment that is off, name nobody', async () => {
    const text = TWO_ENVIRONMENTS.replace(/api: \{.*\}\n/, '')
      .replace('who: later', `who: "arn:aws:iam::${OWN}:role/etl"`)
      .replace('who: sleeper', `who: "arn:aws:iam::${OWN}:role/etl"`);
    expect(await mayCall(policyOf(synthesis(text)), 'own')).toBe('denied');
  });

  test('a role that a grant names is let in with a path, which a grant does not tell', async () => {
    const text = TWO_ENVIRONMENTS.replace(/api: \{.*\}\n/, '').replace(
      'who: everyone',
      `who: "arn:aws:iam::${OWN}:role/etl"`,
    );
    const policy = policyOf(synthesis(text));
    const ask = (arn: string) =>
      decide({
        principal: CALLERS.own,
        action: 'execute-api:Invoke',
        resource: CLI,
        resourcePolicy: policy,
        context: { 'aws:PrincipalArn': arn },
      });

    expect((await ask(`arn:aws:iam::${OWN}:role/data/team/etl`)).allowed).toBe(true);
    expect((await ask(`arn:aws:iam::${OWN}:role/data/team/not-etl`)).explicitDeny).toBe(true);
  });

  test('the same holds for every path, and no other stage is open', async () => {
    const policy = policyOf(withApi(accounts(OWN)));
    for (const path of ['GET/environments', 'GET/environments/prod/health', 'POST/environments/next/explain']) {
      expect(await mayCall(policy, 'own', `${API}/v1/${path}`)).toBe('allowed');
      expect(await mayCall(policy, 'other', `${API}/v1/${path}`)).toBe('denied');
    }
    expect(await mayCall(policy, 'own without policy', `${API}/v2/GET/environments`)).toBe('not allowed');
  });
});

describe('below /oidc, where nobody is a principal', () => {
  const tokens = `${API}/v1/POST/oidc/environments/prod/cli`;

  test.each([`${OIDC}, ${accounts(OWN)}`, `${OIDC}, ${organization}`, `${OIDC}, ${oneRole}`, OIDC])(
    '{ %s }: nothing shuts a token out, and nothing but the authoriser lets it in',
    async (api) => {
      expect(await mayCall(policyOf(withApi(api)), 'nobody', tokens)).toBe('not allowed');
    },
  );

  test('a planted principal condition there would be seen', async () => {
    const policy = JSON.parse(
      JSON.stringify(policyOf(withApi(`${OIDC}, ${accounts(OWN)}`))).replaceAll(
        'POST/environments/*',
        '*/environments/*',
      ),
    );
    expect(await mayCall(policy, 'nobody', tokens)).toBe('denied');
  });
});

interface Statement {
  readonly Effect: string;
  readonly Principal: unknown;
  readonly Condition?: object;
}

/** Statements that let anybody in, whoever and wherever they are. */
const open = (policy: unknown): Statement[] =>
  (policy as { Statement: Statement[] }).Statement.filter(
    ({ Effect, Principal, Condition }) =>
      Effect === 'Allow' && JSON.stringify(Principal).includes('"*"') && Object.keys(Condition ?? {}).length === 0,
  );

test('no statement allows everybody without a condition', () => {
  const hidden = `endpoint: private, vpcEndpoint: { ids: [${ENDPOINT}] }`;
  for (const api of ['tracing: true', accounts(OWN), organization, both, oneRole, OIDC, hidden, `${hidden}, ${OIDC}`]) {
    expect(open(policyOf(withApi(api)))).toEqual([]);
  }
  const planted = JSON.parse(JSON.stringify(policyOf(withApi(organization))));
  delete planted.Statement[0].Condition;
  expect(open(planted)).toHaveLength(1);
});

describe('a private API', () => {
  const here = `endpoint: private, vpcEndpoint: { ids: [${ENDPOINT}] }, ${accounts(OWN, OTHER)}`;
  const tokens = `${API}/v1/POST/oidc/environments/prod/cli`;

  test.each<[api: string, caller: Caller, endpoint: string | undefined, resource: string, expected: string]>([
    [here, 'own', ENDPOINT, CLI, 'allowed'],
    [here, 'own', 'vpce-0bbb2222', CLI, 'denied'],
    [here, 'own', undefined, CLI, 'denied'],
    [here, 'own without policy', ENDPOINT, CLI, 'not allowed'],
    [here, 'other', ENDPOINT, CLI, 'allowed'],
    [here, 'strange', ENDPOINT, CLI, 'denied'],
    [
      here.replace('accounts: [', 'vpcEndpoints: [vpce-0ccc3333], accounts: ['),
      'other',
      'vpce-0ccc3333',
      CLI,
      'allowed',
    ],
    [here.replace('accounts: [', 'vpcEndpoints: [vpce-0ccc3333], accounts: ['), 'own', ENDPOINT, CLI, 'denied'],
    [`${here}, ${OIDC}`, 'nobody', ENDPOINT, tokens, 'allowed'],
    [`${here}, ${OIDC}`, 'nobody', 'vpce-0bbb2222', tokens, 'denied'],
    [`${here}, ${OIDC}`, 'nobody', undefined, tokens, 'denied'],
  ])('{ %s }, %s by %s on %s: %s', async (api, caller, endpoint, resource, expected) => {
    expect(await mayCall(policyOf(withApi(api)), caller, resource, endpoint)).toBe(expected);
  });
});

describe('the role of a relay', () => {
  const made = synthesis(TWO_ENVIRONMENTS);
  const policies = made
    .resources('AWS::IAM::Role')
    .find(({ Properties }) => Properties.Description === 'Relay to the MWAA environment analytics')
    ?.Properties.Policies.map(({ PolicyDocument }: { PolicyDocument: unknown }) =>
      JSON.parse(
        JSON.stringify(PolicyDocument, (_key, value) =>
          typeof value === 'object' && value !== null && 'Fn::GetAtt' in value
            ? `arn:aws:logs:ap-southeast-2:${OWN}:log-group:own:*`
            : value,
        ),
      ),
    );
  const relay = role(OWN, 'relay', policies);
  const airflow = `arn:aws:airflow:ap-southeast-2:${OWN}`;
  const eni = `arn:aws:ec2:ap-southeast-2:${OWN}:network-interface/eni-0`;

  test.each<[action: string, resource: string, expected: boolean]>([
    ['airflow:CreateCliToken', `${airflow}:environment/analytics`, true],
    ['airflow:CreateCliToken', `${airflow}:environment/next`, false],
    ['airflow:CreateCliToken', `${airflow}:environment/analytics2`, false],
    ['airflow:CreateCliToken', `arn:aws:airflow:eu-west-1:${OWN}:environment/analytics`, false],
    ['airflow:CreateCliToken', `arn:aws:airflow:ap-southeast-2:${OTHER}:environment/analytics`, false],
    ['airflow:CreateWebLoginToken', `${airflow}:role/analytics/Admin`, false],
    ['airflow:GetEnvironment', `${airflow}:environment/analytics`, false],
    ['airflow:UpdateEnvironment', `${airflow}:environment/analytics`, false],
    ['airflow:InvokeRestApi', `${airflow}:role/analytics/Admin`, false],
    ['logs:PutLogEvents', `arn:aws:logs:ap-southeast-2:${OWN}:log-group:own:log-stream:x`, true],
    ['logs:PutLogEvents', `arn:aws:logs:ap-southeast-2:${OWN}:log-group:another:log-stream:x`, false],
    ['logs:DeleteLogGroup', `arn:aws:logs:ap-southeast-2:${OWN}:log-group:own`, false],
    ['ec2:CreateNetworkInterface', eni, true],
    ['ec2:DeleteNetworkInterface', eni, true],
    ['ec2:ModifyNetworkInterfaceAttribute', eni, false],
    ['ec2:AuthorizeSecurityGroupEgress', `arn:aws:ec2:ap-southeast-2:${OWN}:security-group/sg-0`, false],
    ['s3:GetObject', 'arn:aws:s3:::bucket/key', false],
    ['sts:AssumeRole', `arn:aws:iam::${OWN}:role/admin`, false],
    ['lambda:InvokeFunction', `arn:aws:lambda:ap-southeast-2:${OWN}:function:other`, false],
  ])('%s on %s: %s', async (action, resource, expected) => {
    expect(await isAllowed(relay, action, resource)).toBe(expected);
  });

  test.each(['Create', 'Delete', 'Describe'])(
    '%s network interfaces: the service may with the role, the code of the function may not',
    async (verb) => {
      const action = `ec2:${verb}NetworkInterface${verb === 'Describe' ? 's' : ''}`;
      const resource = verb === 'Describe' ? '*' : eni;
      const byCode = { 'lambda:SourceFunctionArn': `arn:aws:lambda:ap-southeast-2:${OWN}:function:relay` };
      const ask = (context: Record<string, string>) => decide({ principal: relay, action, resource, context });

      expect((await ask({})).allowed).toBe(true);
      expect(await ask(byCode)).toEqual({ allowed: false, explicitDeny: true });
    },
  );
});
