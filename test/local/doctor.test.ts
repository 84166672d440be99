/** `mwaa doctor` on set-ups that are really broken: the deployed template, the built functions, a real issuer of tokens. */
import { generateKeyPair, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { clientVariables } from '../../local/how-to-call.ts';
import type { Principal } from '../../local/iam/principals.ts';
import type { FaultName } from '../../local/mwaa/faults.ts';
import type { Stack } from '../../local/stack.ts';
import { broken, doctor } from '../unit/client/doctor-api.ts';
import { ISSUER, type Issuer, startIssuer } from './issuer.ts';
import { configWith, smallStack } from './small-stack.ts';

const NETWORK = 'vpc: { id: vpc-0abc1234, subnets: [subnet-0aaa1111], webServerSecurityGroup: sg-0eee5555 }';
const CONFIG = `
region: ap-southeast-2
account: "111122223333"
api:
  callers: { accounts: ["111122223333"] }
  webAcl: "arn:aws:wafv2:ap-southeast-2:111122223333:regional/webacl/n/0a"
  oidc:
    issuer: ${ISSUER}
    jwksUri: ${ISSUER}/jwks
    audience: mwaa-cli-proxy
    requiredClaims: { org: data }
    cacheSeconds: 0
environments:
  prod: { airflow: 2.10.3, ${NETWORK} }
  gone: { airflow: 2.10.3, ${NETWORK} }
  off: { airflow: 2.10.3, ${NETWORK}, enabled: false }
grants:
  - { who: "arn:aws:iam::111122223333:role/team", where: "*", may: ["@read", "@health"] }
  - { who: "arn:aws:iam::111122223333:role/narrow", where: "*", may: [version] }
  - { who: "oidc:groups=engineers", where: "*", may: ["@read", "@health"] }
`;

const CLIENTS = {
  jo: { claims: { org: 'data', groups: ['engineers'] } },
  unnamed: { claims: { org: 'data', groups: ['football'] } },
  stranger: { claims: { groups: ['engineers'] } },
  elsewhere: { claims: { org: 'data', groups: ['engineers'] }, audience: 'another-service' },
  brief: { claims: { org: 'data', groups: ['engineers'] }, lifeSeconds: 1 },
};

/** Each fault ends soon enough. */
const HASTY = {
  ...{ integrationSeconds: 8, functionSeconds: 6, abortSeconds: 5, postSeconds: 3, connectSeconds: 1 },
  ...{ tokenSeconds: 3, busySeconds: 1 },
};

const setUp = (stack: Stack, caller: Principal, more: NodeJS.ProcessEnv = {}) => ({
  ...clientVariables(stack.url, stack.region, 'prod', caller),
  ...more,
});
const at = (where: string, detail: RegExp) => ({ at: where, detail: expect.stringMatching(detail) });

describe('one deployment', () => {
  let stack: Stack;
  let issuer: Issuer;
  let team: Principal;
  beforeAll(async () => {
    stack = await smallStack(CONFIG, {
      timeouts: HASTY,
      environments: ['prod'],
      others: async (issue) => {
        issuer = await startIssuer(issue, CLIENTS);
        return issuer.network;
      },
    });
    team = stack.caller('team', 'jo');
  });
  afterAll(async () => {
    await stack?.close();
    await issuer?.close();
  });

  describe('that is well', () => {
    test('by signature', async () => {
      const { exitCode, stdout } = await doctor(setUp(stack, team));
      expect(stdout).toMatch(/\n {2}ok {9}release .*\n\nAll is well\.\n$/);
      expect(stdout).not.toMatch(/FAILED|not tried/);
      expect(exitCode).toBe(0);
    });

    test('by token', async () => {
      const { exitCode, stdout } = await doctor(withToken(await issuer.token('jo')));
      expect(stdout).toMatch(/credentials .*subject "jo", issuer "https:\/\/id\.example\.com"/);
      expect(exitCode).toBe(0);
    });
  });

  describe("the caller's settings", () => {
    test.each<[what: string, change: (url: string) => NodeJS.ProcessEnv, where: string, detail: RegExp]>([
      ['no stage', (url) => ({ MWAA_CLI_PROXY_URL: url.replace('/v1', '') }), 'API', /no such stage.*It has no path/],
      [
        'another stage',
        (url) => ({ MWAA_CLI_PROXY_URL: url.replace('/v1', '/prod') }),
        'API',
        /no such stage.*Is \/prod the stage/,
      ],
      [
        'too long an address',
        (url) => ({ MWAA_CLI_PROXY_URL: `${url}/environments` }),
        'path',
        /adds \/environments itself/,
      ],
      [
        'the address of the paths for tokens',
        (url) => ({ MWAA_CLI_PROXY_URL: `${url}/oidc` }),
        'API',
        /adds \/oidc itself/,
      ],
      [
        'HTTPS where there is none',
        (url) => ({ MWAA_CLI_PROXY_URL: url.replace('http:', 'https:') }),
        'TLS',
        /speaks no TLS/,
      ],
      [
        'another environment',
        () => ({ MWAA_ENVIRONMENT: 'Prod' }),
        'environment',
        /no environment "Prod".*Did you mean "prod"/,
      ],
      [
        'an environment that is switched off',
        () => ({ MWAA_ENVIRONMENT: 'off' }),
        'environment',
        /switched off.*gone, prod/,
      ],
      [
        'another region',
        () => ({ AWS_REGION: 'us-east-1' }),
        'authentication',
        /signed for the region us-east-1.*AWS_REGION/,
      ],
      ['another secret', () => ({ AWS_SECRET_ACCESS_KEY: 'x' }), 'authentication', /secret access key/],
      [
        'an unknown key',
        () => ({ AWS_ACCESS_KEY_ID: 'ASIAUNKNOWN' }),
        'authentication',
        /does not know these credentials/,
      ],
      ['no session token', () => ({ AWS_SESSION_TOKEN: '' }), 'credentials', /AWS_SESSION_TOKEN/],
      [
        "another's session token",
        () => ({ AWS_SESSION_TOKEN: 'x' }),
        'authentication',
        /session token is another one's/,
      ],
    ])('%s', async (_what, change, where, detail) => {
      expect(await broken(setUp(stack, team, change(stack.url)))).toEqual(at(`caller: ${where}`, detail));
    });
  });

  describe("the caller's policies and grants", () => {
    test.each<[what: string, caller: () => Principal, where: string, detail: RegExp]>([
      [
        'an expired session',
        () => Object.assign(stack.caller('team', 'late'), { expiresAt: Date.now() - 1000 }),
        'authentication',
        /credentials have expired/,
      ],
      [
        'another account',
        () => stack.callerOf('222233334444', 'team', 'jo'),
        'permission',
        /does not let the account 222233334444 in.*111122223333/,
      ],
      [
        'no identity policy',
        () => stack.callerOf('111122223333', 'team', 'jo', []),
        'permission',
        /No identity policy of .*role\/team\/jo allows execute-api:Invoke.*\/v1\/\*/,
      ],
      [
        'a deny of their own',
        () => stack.callerOf('111122223333', 'team', 'jo', [DENY]),
        'permission',
        /deny in a policy of your own side/,
      ],
      [
        'another role',
        () => stack.caller('nobody', 'jo'),
        'grants',
        /caller is .*assumed-role\/nobody\/jo.*\n- { who: "arn:aws:iam::111122223333:role\/nobody", where: prod/,
      ],
      [
        'no grant for health',
        () => stack.caller('narrow', 'jo'),
        'health grant',
        /role\/narrow", where: prod, may: \["@health"]/,
      ],
    ])('%s', async (_what, caller, where, detail) => {
      expect(await broken(setUp(stack, caller()))).toEqual(at(`caller: ${where}`, detail));
    });

    test('a web ACL', async () => {
      stack.gateway.block(true);
      const found = await broken(setUp(stack, team));
      stack.gateway.block(false);
      expect(found).toEqual(at('caller: permission', /AWS WAF/));
    });
  });

  const withToken = (token: string) => ({ ...setUp(stack, team), MWAA_CLI_PROXY_TOKEN: token });

  describe('a token', () => {
    test.each<[what: string, client: keyof typeof CLIENTS, where: string, detail: RegExp]>([
      [
        'for another audience',
        'elsewhere',
        'credentials',
        /audience another-service, and this API wants mwaa-cli-proxy/,
      ],
      [
        'without a claim that is demanded',
        'stranger',
        'authentication',
        /Issuer and audience are right.*requiredClaims/,
      ],
      [
        'whose subject no grant names',
        'unnamed',
        'permission',
        /token is good, and no grant names its caller \(subject "unnamed"/,
      ],
    ])('%s', async (_what, client, where, detail) => {
      expect(await broken(withToken(await issuer.token(client)))).toEqual(at(`caller: ${where}`, detail));
    });

    test('that has expired', async () => {
      const token = await issuer.token('brief');
      await new Promise((resolve) => setTimeout(resolve, 1500));
      expect(await broken(withToken(token))).toEqual(at('caller: credentials', /expired at .*get a new one/));
    });

    test.each<[what: string, issuer: string, where: string, detail: RegExp]>([
      [
        'of another issuer',
        'https://other.example.com',
        'credentials',
        /issuer "https:\/\/other\.example\.com", and this API trusts https:\/\/id\.example\.com/,
      ],
      [
        'of a key that the issuer does not have',
        ISSUER,
        'authentication',
        /signature is not of a key that the issuer publishes/,
      ],
    ])('%s', async (_what, iss, where, detail) => {
      const { privateKey } = await generateKeyPair('ES256');
      const token = new SignJWT({ org: 'data', groups: ['engineers'] }).setProtectedHeader({ alg: 'ES256', kid: 'k' });
      token.setIssuer(iss).setAudience('mwaa-cli-proxy').setSubject('jo').setExpirationTime('5m');
      expect(await broken(withToken(await token.sign(privateKey)))).toEqual(at(`caller: ${where}`, detail));
    });

    test('whose issuer does not answer', async () => {
      const token = await issuer.token('jo');
      await stack.gateway.controls.recycle();
      issuer.answering(false);
      const found = await broken(withToken(token));
      issuer.answering(true);
      expect(found).toEqual(at('caller: authentication', /issuer's keys/));
    });
  });

  describe('the function', () => {
    afterEach(() => stack.fault());

    test.each<[fault: FaultName, step: string, detail: RegExp]>([
      ['token-name-resolution', 'token', /interface endpoint for airflow\.env with private DNS/],
      ['token-connect-hang', 'token', /no airflow\.env endpoint.*security group/],
      ['token-connect-refused', 'token', /endpoint takes no connection: its security group/],
      ['token-tls-untrusted', 'token', /speaks no TLS the relay trusts/],
      ['token-missing-permission', 'token', /role needs airflow:CreateCliToken.*policy of the airflow\.env endpoint/],
      ['token-no-environment', 'token', /no environment of this name in this account and region: check mwaaName/],
      ['token-unavailable', 'token', /environment's status in MWAA.*AVAILABLE/],
      ['token-throttled', 'token', /too often/],
      ['token-useless', 'version', /refused a new token/],
      ['name-resolution', 'name resolution', /cannot be resolved in the relay's VPC.*the environment's VPC/],
      ['connect-refused', 'connect', /security group of the web server's endpoint must let in port 443/],
      ['connect-hang', 'connect', /security group of the web server's endpoint.*route/],
      ['tls-untrusted', 'TLS', /no certificate the relay trusts/],
      ['tls-wrong-name', 'TLS', /webServerHostname/],
      ['503-always', 'version', /about four commands at once/],
      ['404-always', 'version', /MWAA answered 404/],
      ['html-200', 'version', /could not be read/],
      ['wrong-release', 'release', /Airflow 3\.0\.6 answers.*set airflow: 3\.0\.6/],
      ['function-crash', 'relay', /Lambda did not run the function to its end.*look at its log/],
    ])('%s', async (fault, step, detail) => {
      await stack.fault(fault);
      expect(await broken(setUp(stack, team))).toEqual(at(`function: ${step}`, detail));
    });

    test('at its limit', async () => {
      await stack.fault('function-concurrency-limit');
      expect(await broken(setUp(stack, team))).toEqual(at('caller: environment', /concurrency/));
    });

    test('with a role that may not ask for tokens', async () => {
      const roles = [...stack.gateway.functionPrincipals.values()];
      const kept = roles.map(({ policies }) => policies);
      for (const role of roles) role.policies = [];
      await stack.gateway.controls.recycle();
      const found = await broken(setUp(stack, team));
      for (const [index, role] of roles.entries()) role.policies = kept[index]!;
      expect(found).toEqual(at('function: token', /AccessDeniedException, 403.*role needs airflow:CreateCliToken/));
      expect(await broken(setUp(stack, team))).toBeUndefined();
    });

    test('whose role is gone', async () => {
      const roles = [...stack.gateway.functionPrincipals.values()];
      for (const role of roles) role.expiresAt = 0;
      await stack.gateway.controls.recycle();
      const found = await broken(setUp(stack, team));
      for (const role of roles) delete role.expiresAt;
      expect(found).toEqual(at('function: token', /does not take the relay's credentials/));
    });

    test('of an environment that is not there', async () => {
      const found = await broken(setUp(stack, team, { MWAA_ENVIRONMENT: 'gone' }));
      expect(found).toEqual(at('function: token', /no-such-environment|no environment of this name/));
    });
  });
});

const DENY = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Deny', Action: 'execute-api:*', Resource: '*' }],
};

describe('other deployments', () => {
  let stack: Stack | undefined;
  afterEach(() => stack?.close());

  test.each([
    ['slow', 20, /(20|19) min.* behind AWS's/],
    ['fast', -20, /(20|19) min.* ahead of AWS's/],
  ])('a clock that is %s', async (_what, minutes, detail) => {
    stack = await smallStack(configWith('callers: { accounts: ["111122223333"] }'), {
      now: () => Date.now() + minutes * 60_000,
    });
    expect(await broken(setUp(stack, stack.caller('team', 'jo')))).toEqual(at('caller: clock', detail));
  });

  test('an environment of Airflow 2 that is configured as one of Airflow 3', async () => {
    stack = await smallStack(configWith('').replace('airflow: 2.10.3', 'airflow: 3.0.6'), { fault: 'wrong-release' });
    expect(await broken(setUp(stack, stack.caller('team', 'jo')))).toEqual(
      at('function: version', /404.*Airflow of another release answers.*those of 3\.0\.6.*in the configuration/),
    );
  });

  test('an API without paths for tokens', async () => {
    stack = await smallStack(configWith('callers: { accounts: ["111122223333"] }'));
    const variables = setUp(stack, stack.caller('team', 'jo'), { MWAA_CLI_PROXY_TOKEN: 'a.b.c' });
    expect(await broken(variables)).toEqual(at('caller: API', /no paths for tokens here/));
  });

  test('a role that no grant names, where grants say who may call', async () => {
    stack = await smallStack(configWith(''));
    const nobody = setUp(stack, stack.caller('nobody', 'jo'));
    expect(await broken(nobody)).toEqual(
      at('caller: permission', /does not let .*role\/nobody\/jo in.*named in api\.callers, or in a grant/),
    );
    expect(await broken(setUp(stack, stack.caller('team', 'jo')))).toBeUndefined();
  });

  test("an API of a domain, by API Gateway's name", async () => {
    const domain =
      'domain: { name: airflow.example.com, certificate: "arn:aws:acm:ap-southeast-2:111122223333:certificate/0a1b" }';
    stack = await smallStack(configWith(domain));
    const variables = setUp(stack, stack.caller('team', 'jo'), { MWAA_CLI_PROXY_URL: `${stack.url}/v1` });
    expect(await broken(variables)).toEqual(
      at('caller: API', /API with a domain of its own \(api\.domain\) is reached by that alone/),
    );
  });

  test('a private API, by another endpoint than its own', async () => {
    const endpoints = 'endpoint: private, vpcEndpoint: { ids: [vpce-0aaa1111] }';
    stack = await smallStack(
      configWith(`${endpoints}, callers: { accounts: ["111122223333"], vpcEndpoints: [vpce-0bbb2222] }`),
    );
    expect(await broken(setUp(stack, stack.caller('team', 'jo')))).toEqual(
      at('caller: permission', /private API, come through one of its endpoints/),
    );
  });

  test('an account that is let in, and whose own policy does not allow it', async () => {
    stack = await smallStack(configWith('callers: { accounts: ["111122223333", "222233334444"] }'));
    const partner = stack.callerOf('222233334444', 'partner', 'jo', []);
    expect(await broken(setUp(stack, partner))).toEqual(
      at('caller: permission', /No identity policy of .*222233334444/),
    );
    expect(await broken(setUp(stack, stack.callerOf('222233334444', 'partner', 'jo')))).toEqual(
      at('caller: health grant', /arn:aws:iam::222233334444:role\/partner/),
    );
  });
});
