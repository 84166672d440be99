/** `mwaa doctor` on setups with a real defect: the deployed template, the built functions, a real OIDC issuer. */
import { generateKeyPair, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createClientVariables } from '../../local/call-instructions.ts';
import type { Principal } from '../../local/iam/principal-store.ts';
import type { LocalStack } from '../../local/local-stack.ts';
import type { FaultName } from '../../local/mwaa/faults.ts';
import { createConfigText } from '../fixtures/create-config-text.ts';
import { findBrokenStep, runDoctor } from '../unit/client/mwaa/doctor-api.ts';
import { ISSUER_URL, type OidcIssuer, startOidcIssuer } from './oidc-issuer.ts';
import { createConfig, startSmallStack } from './small-stack.ts';

const CONFIG = createConfigText({
  api: `callers: { accounts: ["111122223333"] },
    webAcl: "arn:aws:wafv2:ap-southeast-2:111122223333:regional/webacl/n/0a",
    oidc: { issuer: "${ISSUER_URL}", jwksUri: "${ISSUER_URL}/jwks", audience: mwaa-cli-proxy, requiredClaims: { org: data },
      cacheSeconds: 0 }`,
  environments: {
    prod: 'airflow: 2.10.3',
    gone: 'airflow: 2.10.3',
    off: 'airflow: 2.10.3, enabled: false',
  },
  grants: [
    'who: "arn:aws:iam::111122223333:role/team", where: "*", may: ["@read", "@health"]',
    'who: "arn:aws:iam::111122223333:role/narrow", where: "*", may: [version]',
    'who: "oidc:groups=engineers", where: "*", may: ["@read", "@health"]',
  ],
});

const CLIENTS = {
  jo: { claims: { org: 'data', groups: ['engineers'] } },
  unnamed: { claims: { org: 'data', groups: ['football'] } },
  stranger: { claims: { groups: ['engineers'] } },
  elsewhere: { claims: { org: 'data', groups: ['engineers'] }, audience: 'another-service' },
  brief: { claims: { org: 'data', groups: ['engineers'] }, lifeSeconds: 1 },
};

/** So that tests with a fault that hangs end soon. */
const SHORT_TIMEOUTS = {
  queueSeconds: 2,
  functionSeconds: 6,
  abortSeconds: 5,
  postSeconds: 3,
  connectSeconds: 1,
  tokenSeconds: 3,
  busySeconds: 1,
};

const createVariables = (stack: LocalStack, caller: Principal, more: NodeJS.ProcessEnv = {}) => ({
  ...createClientVariables(stack.url, stack.region, 'prod', caller),
  ...more,
});
const expectFinding = (step: string, detail: RegExp) => ({ at: step, detail: expect.stringMatching(detail) });

describe('mwaa doctor on one deployment', () => {
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

  describe('without a defect passes all checks', () => {
    test('with signed requests', async () => {
      const { exitCode, stdout } = await runDoctor(createVariables(stack, team));
      expect(stdout).toMatch(/\n {2}ok {9}release .*\n\nAll checks passed\.\n$/);
      expect(stdout).not.toMatch(/FAILED|not tried/);
      expect(exitCode).toBe(0);
    });

    test('with a token', async () => {
      const { exitCode, stdout } = await runDoctor(withToken(await issuer.issueToken('jo')));
      expect(stdout).toMatch(/credentials .*subject "jo", issuer "https:\/\/id\.example\.com"/);
      expect(exitCode).toBe(0);
    });
  });

  describe("names the broken step and the remedy for the caller's settings", () => {
    test.each<[what: string, change: (url: string) => NodeJS.ProcessEnv, step: string, detail: RegExp]>([
      [
        'a URL without the stage',
        (url) => ({ MWAA_CLI_PROXY_URL: url.replace('/v1', '') }),
        'API',
        /no such stage.*It has no path/,
      ],
      [
        'a URL with another stage',
        (url) => ({ MWAA_CLI_PROXY_URL: url.replace('/v1', '/prod') }),
        'API',
        /no such stage.*stage or base path, and it is \/prod/,
      ],
      [
        'a URL that already ends in /environments',
        (url) => ({ MWAA_CLI_PROXY_URL: `${url}/environments` }),
        'path',
        /adds \/environments itself/,
      ],
      [
        'a URL that already ends in /oidc',
        (url) => ({ MWAA_CLI_PROXY_URL: `${url}/oidc` }),
        'API',
        /adds \/oidc itself/,
      ],
      [
        'HTTPS, on a port that serves HTTP',
        (url) => ({ MWAA_CLI_PROXY_URL: url.replace('http:', 'https:') }),
        'TLS',
        /does not speak TLS/,
      ],
      [
        'an unknown environment',
        () => ({ MWAA_ENVIRONMENT: 'Prod' }),
        'environment',
        /no environment "Prod".*Did you mean "prod"/,
      ],
      ['a disabled environment', () => ({ MWAA_ENVIRONMENT: 'off' }), 'environment', /switched off.*gone, prod/],
      [
        'the wrong region',
        () => ({ AWS_REGION: 'us-east-1' }),
        'authentication',
        /signed for the region us-east-1.*AWS_REGION/,
      ],
      ['the wrong secret key', () => ({ AWS_SECRET_ACCESS_KEY: 'x' }), 'authentication', /secret access key/],
      [
        'an unknown access key',
        () => ({ AWS_ACCESS_KEY_ID: 'ASIAUNKNOWN' }),
        'authentication',
        /does not recognize these credentials/,
      ],
      ['a missing session token', () => ({ AWS_SESSION_TOKEN: '' }), 'credentials', /AWS_SESSION_TOKEN/],
      [
        'a session token of another access key',
        () => ({ AWS_SESSION_TOKEN: 'x' }),
        'authentication',
        /session token belongs to another key/,
      ],
    ])('%s', async (_what, change, step, detail) => {
      expect(await findBrokenStep(createVariables(stack, team, change(stack.url)))).toEqual(
        expectFinding(`caller: ${step}`, detail),
      );
    });
  });

  describe("names the broken step and the remedy for the caller's policies and grants", () => {
    test.each<[what: string, caller: () => Principal, step: string, detail: RegExp]>([
      [
        'expired credentials',
        () => Object.assign(stack.createCaller('team', 'late'), { expiresAt: Date.now() - 1000 }),
        'authentication',
        /credentials have expired/,
      ],
      [
        'an account that the API does not allow',
        () => stack.createCallerInAccount('222233334444', 'team', 'jo'),
        'permission',
        /does not allow the account 222233334444.*111122223333/,
      ],
      [
        'no identity policy',
        () => stack.createCallerInAccount('111122223333', 'team', 'jo', []),
        'permission',
        /No identity policy of .*role\/team\/jo allows execute-api:Invoke.*\/v1\/\*/,
      ],
      [
        'a deny in an identity policy',
        () => stack.createCallerInAccount('111122223333', 'team', 'jo', [DENY]),
        'permission',
        /deny in a policy of your own account/,
      ],
      [
        'a role without grants',
        () => stack.createCaller('nobody', 'jo'),
        'environment',
        /caller is .*assumed-role\/nobody\/jo.*\n- { who: "arn:aws:iam::111122223333:role\/nobody", where: prod/,
      ],
      [
        'no grant for health',
        () => stack.createCaller('narrow', 'jo'),
        'health grant',
        /role\/narrow", where: prod, may: \["@health"]/,
      ],
    ])('%s', async (_what, caller, step, detail) => {
      expect(await findBrokenStep(createVariables(stack, caller()))).toEqual(expectFinding(`caller: ${step}`, detail));
    });

    test('a web ACL that blocks the request', async () => {
      stack.gateway.setBlocked(true);
      const found = await findBrokenStep(createVariables(stack, team));
      stack.gateway.setBlocked(false);
      expect(found).toEqual(expectFinding('caller: permission', /AWS WAF/));
    });
  });

  const withToken = (token: string) => ({ ...createVariables(stack, team), MWAA_CLI_PROXY_TOKEN: token });

  describe('names the broken step and the remedy for a token', () => {
    test.each<[what: string, client: keyof typeof CLIENTS, step: string, detail: RegExp]>([
      [
        'for another audience',
        'elsewhere',
        'credentials',
        /audience another-service, but this API requires mwaa-cli-proxy/,
      ],
      ['without a required claim', 'stranger', 'authentication', /Issuer and audience are correct.*requiredClaims/],
      [
        'whose caller has no grant',
        'unnamed',
        'permission',
        /token is valid, but no grant names its caller \(subject "unnamed"/,
      ],
    ])('%s', async (_what, client, step, detail) => {
      expect(await findBrokenStep(withToken(await issuer.issueToken(client)))).toEqual(
        expectFinding(`caller: ${step}`, detail),
      );
    });

    test('that has expired', async () => {
      const token = await issuer.issueToken('brief');
      await new Promise((resolve) => setTimeout(resolve, 1500));
      expect(await findBrokenStep(withToken(token))).toEqual(
        expectFinding('caller: credentials', /expired at .*get a new one/),
      );
    });

    test.each<[what: string, issuerUrl: string, step: string, detail: RegExp]>([
      [
        'from another issuer',
        'https://other.example.com',
        'credentials',
        /issuer "https:\/\/other\.example\.com", but this API trusts exactly https:\/\/id\.example\.com/,
      ],
      [
        'signed with a key that the issuer does not publish',
        ISSUER_URL,
        'authentication',
        /not signed with a key that the issuer publishes/,
      ],
    ])('%s', async (_what, issuerUrl, step, detail) => {
      const { privateKey } = await generateKeyPair('ES256');
      const token = new SignJWT({ org: 'data', groups: ['engineers'] }).setProtectedHeader({ alg: 'ES256', kid: 'k' });
      token.setIssuer(issuerUrl).setAudience('mwaa-cli-proxy').setSubject('jo').setExpirationTime('5m');
      expect(await findBrokenStep(withToken(await token.sign(privateKey)))).toEqual(
        expectFinding(`caller: ${step}`, detail),
      );
    });

    test('whose issuer does not respond', async () => {
      const token = await issuer.issueToken('jo');
      await stack.gateway.controls.endIdle();
      issuer.setAvailable(false);
      const found = await findBrokenStep(withToken(token));
      issuer.setAvailable(true);
      expect(found).toEqual(expectFinding('caller: authentication', /issuer's keys/));
    });
  });

  describe('names the broken step and the remedy for the relay', () => {
    afterEach(() => stack.setFault());

    const listRelayRoles = () =>
      [...stack.gateway.functionPrincipals].flatMap(([name, role]) => (name.includes('-relay-') ? [role] : []));

    test.each<[fault: FaultName, step: string, detail: RegExp]>([
      ['token-name-resolution', 'token', /airflow\.env interface endpoint with private DNS/],
      ['token-connect-hang', 'token', /no airflow\.env endpoint.*security group/],
      ['token-connect-refused', 'token', /endpoint rejects the connection\. Its security group/],
      ['token-tls-untrusted', 'token', /TLS handshake.*connections to the airflow\.env endpoint/],
      ['token-missing-permission', 'token', /Allow airflow:CreateCliToken.*policy of the airflow\.env endpoint/],
      ['token-no-environment', 'token', /no environment of this name in this account and region\. Check mwaaName/],
      ['token-unavailable', 'token', /environment's status in MWAA.*AVAILABLE/],
      ['token-throttled', 'token', /throttles requests/],
      ['token-useless', 'version', /rejected a new token/],
      ['name-resolution', 'name resolution', /relay's VPC cannot resolve.*the environment's VPC/],
      ['connect-refused', 'connect', /web server does not accept the connection.*must allow port 443/],
      ['connect-hang', 'connect', /web server does not accept the connection.*route/],
      ['tls-untrusted', 'TLS', /certificate is not trusted for this name/],
      ['tls-wrong-name', 'TLS', /webServerHostname/],
      ['503-always', 'version', /about four commands at once/],
      ['404-always', 'version', /MWAA returned HTTP 404/],
      ['html-200', 'version', /could not be read/],
      ['wrong-release', 'release', /runs Airflow 3\.0\.6.*Set "airflow: 3\.0\.6"/],
      ['function-crash', 'relay', /the relay ended before it responded/],
    ])('with the fault %s', async (fault, step, detail) => {
      await stack.setFault(fault);
      expect(await findBrokenStep(createVariables(stack, team))).toEqual(expectFinding(`function: ${step}`, detail));
    });

    test('that has reached its concurrency limit', async () => {
      await stack.setFault('function-concurrency-limit');
      expect(await findBrokenStep(createVariables(stack, team))).toEqual(
        expectFinding('function: relay', /All slots of the environment were taken.*raise concurrency/),
      );
    });

    test('with a role without airflow:CreateCliToken', async () => {
      const roles = listRelayRoles();
      const originalPolicies = roles.map(({ policies }) => policies);
      for (const role of roles) role.policies = [];
      await stack.gateway.controls.endIdle();
      const found = await findBrokenStep(createVariables(stack, team));
      for (const [index, role] of roles.entries()) role.policies = originalPolicies[index]!;
      expect(found).toEqual(
        expectFinding('function: token', /AccessDeniedException, 403.*Allow airflow:CreateCliToken/),
      );
      expect(await findBrokenStep(createVariables(stack, team))).toBeUndefined();
    });

    test('with expired credentials of its role', async () => {
      const roles = listRelayRoles();
      for (const role of roles) role.expiresAt = 0;
      await stack.gateway.controls.endIdle();
      const found = await findBrokenStep(createVariables(stack, team));
      for (const role of roles) delete role.expiresAt;
      expect(found).toEqual(expectFinding('function: token', /rejects the relay's credentials/));
    });

    test('of an environment that does not exist in MWAA', async () => {
      const found = await findBrokenStep(createVariables(stack, team, { MWAA_ENVIRONMENT: 'gone' }));
      expect(found).toEqual(expectFinding('function: token', /no-such-environment|no environment of this name/));
    });
  });
});

const DENY = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Deny', Action: 'execute-api:*', Resource: '*' }],
};

describe('mwaa doctor on other deployments names the broken step and the remedy for', () => {
  let stack: LocalStack | undefined;
  afterEach(() => stack?.close());

  test.each([
    ['slow', 20, /(20|19) min.* behind AWS's/],
    ['fast', -20, /(20|19) min.* ahead of AWS's/],
  ])('a clock that is %s', async (_what, minutes, detail) => {
    stack = await startSmallStack(createConfig('callers: { accounts: ["111122223333"] }'), {
      now: () => Date.now() + minutes * 60_000,
    });
    expect(await findBrokenStep(createVariables(stack, stack.createCaller('team', 'jo')))).toEqual(
      expectFinding('caller: clock', detail),
    );
  });

  test('an environment with Airflow 2 that is configured as Airflow 3', async () => {
    stack = await startSmallStack(createConfig('').replace('airflow: 2.10.3', 'airflow: 3.0.6'), {
      fault: 'wrong-release',
    });
    expect(await findBrokenStep(createVariables(stack, stack.createCaller('team', 'jo')))).toEqual(
      expectFinding('function: version', /404.*runs another release.*names 3\.0\.6.*in the configuration/),
    );
  });

  test('a token, on an API without OIDC', async () => {
    stack = await startSmallStack(createConfig('callers: { accounts: ["111122223333"] }'));
    const variables = createVariables(stack, stack.createCaller('team', 'jo'), {
      MWAA_CLI_PROXY_TOKEN: 'a.b.c',
    });
    expect(await findBrokenStep(variables)).toEqual(expectFinding('caller: API', /no paths for tokens/));
  });

  test('a role without grants, if the grants decide who may call the API', async () => {
    stack = await startSmallStack(createConfig(''));
    const nobody = createVariables(stack, stack.createCaller('nobody', 'jo'));
    expect(await findBrokenStep(nobody)).toEqual(
      expectFinding('caller: permission', /does not allow .*role\/nobody\/jo.*added to api\.callers, or to a grant/),
    );
    expect(await findBrokenStep(createVariables(stack, stack.createCaller('team', 'jo')))).toBeUndefined();
  });

  test("an API with a custom domain, called at API Gateway's own hostname", async () => {
    const domain =
      'domain: { name: airflow.example.com, certificate: "arn:aws:acm:ap-southeast-2:111122223333:certificate/0a1b" }';
    stack = await startSmallStack(createConfig(domain));
    const variables = createVariables(stack, stack.createCaller('team', 'jo'), {
      MWAA_CLI_PROXY_URL: `${stack.url}/v1`,
    });
    expect(await findBrokenStep(variables)).toEqual(
      expectFinding('caller: API', /API with a custom domain \(api\.domain\) can be reached only at that domain/),
    );
  });

  test('a private API that is called through another VPC endpoint', async () => {
    const endpoints = 'endpoint: private, vpcEndpoint: { ids: [vpce-0aaa1111] }';
    stack = await startSmallStack(
      createConfig(`${endpoints}, callers: { accounts: ["111122223333"], vpcEndpoints: [vpce-0bbb2222] }`),
    );
    expect(await findBrokenStep(createVariables(stack, stack.createCaller('team', 'jo')))).toEqual(
      expectFinding('caller: permission', /private API must be called through one of its VPC endpoints/),
    );
  });

  test('a caller of an allowed account whose identity policy does not allow the call', async () => {
    stack = await startSmallStack(createConfig('callers: { accounts: ["111122223333", "222233334444"] }'));
    const partner = stack.createCallerInAccount('222233334444', 'partner', 'jo', []);
    expect(await findBrokenStep(createVariables(stack, partner))).toEqual(
      expectFinding('caller: permission', /No identity policy of .*222233334444/),
    );
    expect(
      await findBrokenStep(createVariables(stack, stack.createCallerInAccount('222233334444', 'partner', 'jo'))),
    ).toEqual(expectFinding('caller: health grant', /arn:aws:iam::222233334444:role\/partner/));
  });
});
