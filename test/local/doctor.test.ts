/** `mwaa doctor` on set-ups that are really broken: the deployed template, the built functions, a real issuer of tokens. */
import { generateKeyPair, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createClientVariables } from '../../local/call-instructions.ts';
import type { Principal } from '../../local/iam/principal-store.ts';
import type { LocalStack } from '../../local/local-stack.ts';
import type { FaultName } from '../../local/mwaa/faults.ts';
import { findBrokenStep, runDoctor } from '../unit/client/mwaa/doctor-api.ts';
import { ISSUER_URL, type OidcIssuer, startOidcIssuer } from './oidc-issuer.ts';
import { createConfig, startSmallStack } from './small-stack.ts';

const NETWORK = 'vpc: { id: vpc-0abc1234, subnets: [subnet-0aaa1111], webServerSecurityGroup: sg-0eee5555 }';
const CONFIG = `
region: ap-southeast-2
account: "111122223333"
api:
  callers: { accounts: ["111122223333"] }
  webAcl: "arn:aws:wafv2:ap-southeast-2:111122223333:regional/webacl/n/0a"
  oidc:
    issuer: ${ISSUER_URL}
    jwksUri: ${ISSUER_URL}/jwks
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
const SHORT_TIMEOUTS = {
  ...{ integrationSeconds: 8, functionSeconds: 6, abortSeconds: 5, postSeconds: 3, connectSeconds: 1 },
  ...{ tokenSeconds: 3, busySeconds: 1 },
};

const createClientEnvironment = (stack: LocalStack, caller: Principal, more: NodeJS.ProcessEnv = {}) => ({
  ...createClientVariables(stack.url, stack.region, 'prod', caller),
  ...more,
});
const expectFinding = (where: string, detail: RegExp) => ({ at: where, detail: expect.stringMatching(detail) });

describe('one deployment', () => {
  let stack: LocalStack;
  let issuer: OidcIssuer;
  let team: Principal;
  beforeAll(async () => {
    stack = await startSmallStack(CONFIG, {
      timeouts: SHORT_TIMEOUTS,
      environments: ['prod'],
      createExtraNetwork: async (issue) => {
        issuer = await startOidcIssuer(issue, CLIENTS);
        return issuer.network;
      },
    });
    team = stack.createCaller('team', 'jo');
  });
  afterAll(async () => {
    await stack?.close();
    await issuer?.close();
  });

  describe('that is well', () => {
    test('by signature', async () => {
      const { exitCode, stdout } = await runDoctor(createClientEnvironment(stack, team));
      expect(stdout).toMatch(/\n {2}ok {9}release .*\n\nAll is well\.\n$/);
      expect(stdout).not.toMatch(/FAILED|not tried/);
      expect(exitCode).toBe(0);
    });

    test('by token', async () => {
      const { exitCode, stdout } = await runDoctor(withToken(await issuer.issueToken('jo')));
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
      expect(await findBrokenStep(createClientEnvironment(stack, team, change(stack.url)))).toEqual(
        expectFinding(`caller: ${where}`, detail),
      );
    });
  });

  describe("the caller's policies and grants", () => {
    test.each<[what: string, caller: () => Principal, where: string, detail: RegExp]>([
      [
        'an expired session',
        () => Object.assign(stack.createCaller('team', 'late'), { expiresAt: Date.now() - 1000 }),
        'authentication',
        /credentials have expired/,
      ],
      [
        'another account',
        () => stack.createCallerInAccount('222233334444', 'team', 'jo'),
        'permission',
        /does not let the account 222233334444 in.*111122223333/,
      ],
      [
        'no identity policy',
        () => stack.createCallerInAccount('111122223333', 'team', 'jo', []),
        'permission',
        /No identity policy of .*role\/team\/jo allows execute-api:Invoke.*\/v1\/\*/,
      ],
      [
        'a deny of their own',
        () => stack.createCallerInAccount('111122223333', 'team', 'jo', [DENY]),
        'permission',
        /deny in a policy of your own side/,
      ],
      [
        'another role',
        () => stack.createCaller('nobody', 'jo'),
        'grants',
        /caller is .*assumed-role\/nobody\/jo.*\n- { who: "arn:aws:iam::111122223333:role\/nobody", where: prod/,
      ],
      [
        'no grant for health',
        () => stack.createCaller('narrow', 'jo'),
        'health grant',
        /role\/narrow", where: prod, may: \["@health"]/,
      ],
    ])('%s', async (_what, caller, where, detail) => {
      expect(await findBrokenStep(createClientEnvironment(stack, caller()))).toEqual(
        expectFinding(`caller: ${where}`, detail),
      );
    });

    test('a web ACL', async () => {
      stack.gateway.setBlocked(true);
      const found = await findBrokenStep(createClientEnvironment(stack, team));
      stack.gateway.setBlocked(false);
      expect(found).toEqual(expectFinding('caller: permission', /AWS WAF/));
    });
  });

  const withToken = (token: string) => ({ ...createClientEnvironment(stack, team), MWAA_CLI_PROXY_TOKEN: token });

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
      expect(await findBrokenStep(withToken(await issuer.issueToken(client)))).toEqual(
        expectFinding(`caller: ${where}`, detail),
      );
    });

    test('that has expired', async () => {
      const token = await issuer.issueToken('brief');
      await new Promise((resolve) => setTimeout(resolve, 1500));
      expect(await findBrokenStep(withToken(token))).toEqual(
        expectFinding('caller: credentials', /expired at .*get a new one/),
      );
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
        ISSUER_URL,
        'authentication',
        /signature is not of a key that the issuer publishes/,
      ],
    ])('%s', async (_what, iss, where, detail) => {
      const { privateKey } = await generateKeyPair('ES256');
      const token = new SignJWT({ org: 'data', groups: ['engineers'] }).setProtectedHeader({ alg: 'ES256', kid: 'k' });
      token.setIssuer(iss).setAudience('mwaa-cli-proxy').setSubject('jo').setExpirationTime('5m');
      expect(await findBrokenStep(withToken(await token.sign(privateKey)))).toEqual(
        expectFinding(`caller: ${where}`, detail),
      );
    });

    test('whose issuer does not answer', async () => {
      const token = await issuer.issueToken('jo');
      await stack.gateway.controls.endIdle();
      issuer.setAvailable(false);
      const found = await findBrokenStep(withToken(token));
      issuer.setAvailable(true);
      expect(found).toEqual(expectFinding('caller: authentication', /issuer's keys/));
    });
  });

  describe('the function', () => {
    afterEach(() => stack.setFault());

    test.each<[fault: FaultName, step: string, detail: RegExp]>([
      ['token-name-resolution', 'token', /airflow\.env interface endpoint with private DNS/],
      ['token-connect-hang', 'token', /no airflow\.env endpoint.*security group/],
      ['token-connect-refused', 'token', /endpoint rejects the connection: its security group/],
      ['token-tls-untrusted', 'token', /TLS handshake.*connections to the airflow\.env endpoint/],
      ['token-missing-permission', 'token', /Allow airflow:CreateCliToken.*policy of the airflow\.env endpoint/],
      ['token-no-environment', 'token', /no environment of this name in this account and region\. Check mwaaName/],
      ['token-unavailable', 'token', /environment's status in MWAA.*AVAILABLE/],
      ['token-throttled', 'token', /throttles requests/],
      ['token-useless', 'version', /rejected a new token/],
      ['name-resolution', 'name resolution', /relay's VPC cannot resolve.*the environment's VPC/],
      ['connect-refused', 'connect', /security group of the web server's endpoint must allow port 443/],
      ['connect-hang', 'connect', /security group of the web server's endpoint.*route/],
      ['tls-untrusted', 'TLS', /certificate is not trusted for this name/],
      ['tls-wrong-name', 'TLS', /webServerHostname/],
      ['503-always', 'version', /about four commands at once/],
      ['404-always', 'version', /MWAA returned HTTP 404/],
      ['html-200', 'version', /could not be read/],
      ['wrong-release', 'release', /runs Airflow 3\.0\.6.*Set "airflow: 3\.0\.6"/],
      ['function-crash', 'relay', /Lambda did not run the function to its end.*look at its log/],
    ])('%s', async (fault, step, detail) => {
      await stack.setFault(fault);
      expect(await findBrokenStep(createClientEnvironment(stack, team))).toEqual(
        expectFinding(`function: ${step}`, detail),
      );
    });

    test('at its limit', async () => {
      await stack.setFault('function-concurrency-limit');
      expect(await findBrokenStep(createClientEnvironment(stack, team))).toEqual(
        expectFinding('caller: environment', /concurrency/),
      );
    });

    test('with a role that may not ask for tokens', async () => {
      const roles = [...stack.gateway.functionPrincipals.values()];
      const kept = roles.map(({ policies }) => policies);
      for (const role of roles) role.policies = [];
      await stack.gateway.controls.endIdle();
      const found = await findBrokenStep(createClientEnvironment(stack, team));
      for (const [index, role] of roles.entries()) role.policies = kept[index]!;
      expect(found).toEqual(
        expectFinding('function: token', /AccessDeniedException, 403.*Allow airflow:CreateCliToken/),
      );
      expect(await findBrokenStep(createClientEnvironment(stack, team))).toBeUndefined();
    });

    test('whose role is gone', async () => {
      const roles = [...stack.gateway.functionPrincipals.values()];
      for (const role of roles) role.expiresAt = 0;
      await stack.gateway.controls.endIdle();
      const found = await findBrokenStep(createClientEnvironment(stack, team));
      for (const role of roles) delete role.expiresAt;
      expect(found).toEqual(expectFinding('function: token', /rejects the relay's credentials/));
    });

    test('of an environment that is not there', async () => {
      const found = await findBrokenStep(createClientEnvironment(stack, team, { MWAA_ENVIRONMENT: 'gone' }));
      expect(found).toEqual(expectFinding('function: token', /no-such-environment|no environment of this name/));
    });
  });
});

const DENY = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Deny', Action: 'execute-api:*', Resource: '*' }],
};

describe('other deployments', () => {
  let stack: LocalStack | undefined;
  afterEach(() => stack?.close());

  test.each([
    ['slow', 20, /(20|19) min.* behind AWS's/],
    ['fast', -20, /(20|19) min.* ahead of AWS's/],
  ])('a clock that is %s', async (_what, minutes, detail) => {
    stack = await startSmallStack(createConfig('callers: { accounts: ["111122223333"] }'), {
      now: () => Date.now() + minutes * 60_000,
    });
    expect(await findBrokenStep(createClientEnvironment(stack, stack.createCaller('team', 'jo')))).toEqual(
      expectFinding('caller: clock', detail),
    );
  });

  test('an environment of Airflow 2 that is configured as one of Airflow 3', async () => {
    stack = await startSmallStack(createConfig('').replace('airflow: 2.10.3', 'airflow: 3.0.6'), {
      fault: 'wrong-release',
    });
    expect(await findBrokenStep(createClientEnvironment(stack, stack.createCaller('team', 'jo')))).toEqual(
      expectFinding('function: version', /404.*runs another release.*says 3\.0\.6.*in the configuration/),
    );
  });

  test('an API without paths for tokens', async () => {
    stack = await startSmallStack(createConfig('callers: { accounts: ["111122223333"] }'));
    const variables = createClientEnvironment(stack, stack.createCaller('team', 'jo'), {
      MWAA_CLI_PROXY_TOKEN: 'a.b.c',
    });
    expect(await findBrokenStep(variables)).toEqual(expectFinding('caller: API', /no paths for tokens here/));
  });

  test('a role that no grant names, where grants say who may call', async () => {
    stack = await startSmallStack(createConfig(''));
    const nobody = createClientEnvironment(stack, stack.createCaller('nobody', 'jo'));
    expect(await findBrokenStep(nobody)).toEqual(
      expectFinding('caller: permission', /does not let .*role\/nobody\/jo in.*named in api\.callers, or in a grant/),
    );
    expect(await findBrokenStep(createClientEnvironment(stack, stack.createCaller('team', 'jo')))).toBeUndefined();
  });

  test("an API of a domain, by API Gateway's name", async () => {
    const domain =
      'domain: { name: airflow.example.com, certificate: "arn:aws:acm:ap-southeast-2:111122223333:certificate/0a1b" }';
    stack = await startSmallStack(createConfig(domain));
    const variables = createClientEnvironment(stack, stack.createCaller('team', 'jo'), {
      MWAA_CLI_PROXY_URL: `${stack.url}/v1`,
    });
    expect(await findBrokenStep(variables)).toEqual(
      expectFinding('caller: API', /API with a domain of its own \(api\.domain\) is reached by that alone/),
    );
  });

  test('a private API, by another endpoint than its own', async () => {
    const endpoints = 'endpoint: private, vpcEndpoint: { ids: [vpce-0aaa1111] }';
    stack = await startSmallStack(
      createConfig(`${endpoints}, callers: { accounts: ["111122223333"], vpcEndpoints: [vpce-0bbb2222] }`),
    );
    expect(await findBrokenStep(createClientEnvironment(stack, stack.createCaller('team', 'jo')))).toEqual(
      expectFinding('caller: permission', /private API, come through one of its endpoints/),
    );
  });

  test('an account that is let in, and whose own policy does not allow it', async () => {
    stack = await startSmallStack(createConfig('callers: { accounts: ["111122223333", "222233334444"] }'));
    const partner = stack.createCallerInAccount('222233334444', 'partner', 'jo', []);
    expect(await findBrokenStep(createClientEnvironment(stack, partner))).toEqual(
      expectFinding('caller: permission', /No identity policy of .*222233334444/),
    );
    expect(
      await findBrokenStep(
        createClientEnvironment(stack, stack.createCallerInAccount('222233334444', 'partner', 'jo')),
      ),
    ).toEqual(expectFinding('caller: health grant', /arn:aws:iam::222233334444:role\/partner/));
  });
});
