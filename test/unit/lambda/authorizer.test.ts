import { createHmac } from 'node:crypto';
import type { APIGatewayAuthorizerResult } from 'aws-lambda';
import fc from 'fast-check';
import { exportJWK, exportSPKI, generateKeyPair, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { answer } from '../../../lambda/authorizer/answer.ts';
import { namedClaims, readWho } from '../../../lambda/authorizer/named-claims.ts';
import { type CheckToken, KEYS_KEPT_MS, tokenCheck } from '../../../lambda/authorizer/token-check.ts';
import type { AuthorizerFile } from '../../../lambda/authorizer-file.ts';
import { callerOf } from '../../../lambda/caller-of-event.ts';
import { CLAIMS_MEMBER } from '../../../lambda/names.ts';
import { callerFromClaims } from '../../../policy/caller.ts';

const FILE: AuthorizerFile = {
  issuer: 'https://id.example.com',
  audience: ['mwaa-cli-proxy', 'another'],
  jwksUri: 'https://id.example.com/jwks.json',
  requiredClaims: { org: ['data', 'ops'] },
  who: ['oidc:sub=repo:acme/*', 'oidc:groups=etl', 'oidc:groups=data-*'],
};
const METHOD = 'arn:aws-cn:execute-api:cn-north-1:111122223333:abc/v1/POST/oidc/environments/prod/cli';

const [one, two, stranger] = await Promise.all([1, 2, 3].map(() => generateKeyPair('ES256')));
const rsa = await generateKeyPair('RS256', { extractable: true });
const jwk = async (pair: typeof one, kid: string) => ({ ...(await exportJWK(pair!.publicKey)), kid, use: 'sig' });
const KEYS = { one: await jwk(one, 'one'), two: await jwk(two, 'two'), rsa: await jwk(rsa, 'rsa') };

const seconds = () => Math.floor(Date.now() / 1000);
const good = (): JWTPayload => ({
  ...{ iss: FILE.issuer, aud: 'mwaa-cli-proxy', sub: 'repo:acme/etl', org: 'data', groups: ['etl', 'sales'] },
  ...{ iat: seconds(), exp: seconds() + 300 },
});

/** A token of the issuer, but for what is changed. */
const token = (change: JWTPayload = {}, header: Partial<JWTHeaderParameters> = {}, pair = one) => {
  const claims = Object.fromEntries(
    Object.entries({ ...good(), ...change }).filter(([, value]) => value !== undefined),
  );
  return new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'one', ...header }).sign(pair!.privateKey);
};

const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

let fetched = 0;
let keys: object[] = [];
let issuerDown = false;
const fetcher = {
  fetch: async () => {
    fetched += 1;
    if (issuerDown) throw new (await import('aws-jwt-verify/error')).FetchError(FILE.jwksUri, 'down');
    return new TextEncoder().encode(JSON.stringify({ keys })).buffer as ArrayBuffer;
  },
};
let now = 0;
let check: CheckToken;
const logged = vi.spyOn(console, 'log').mockImplementation(() => {});

beforeEach(() => {
  [fetched, keys, issuerDown, now] = [0, [KEYS.one, KEYS.rsa], false, 0];
  check = tokenCheck(FILE, () => now, fetcher);
  logged.mockClear();
});

const asked = (authorizationToken: string, file = FILE): Promise<APIGatewayAuthorizerResult> =>
  answer(check, readWho(file.who))({ type: 'TOKEN', authorizationToken, methodArn: METHOD });

const effectOf = ({ policyDocument }: APIGatewayAuthorizerResult) =>
  (policyDocument.Statement[0] as { Effect: string; Resource: string }).Effect;

const lines = () => logged.mock.calls.map(([line]) => JSON.parse(line));

describe('a good token', () => {
  test('of a caller whom a grant names is allowed, for every path of tokens in the stage and no other', async () => {
    const { principalId, policyDocument, context } = await asked(`Bearer ${await token()}`);

    expect(policyDocument).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: 'execute-api:Invoke',
          Resource: 'arn:aws-cn:execute-api:cn-north-1:111122223333:abc/v1/*/oidc/*',
        },
      ],
    });
    expect(principalId).toBe('repo:acme/etl');
    expect(JSON.parse(String(context?.[CLAIMS_MEMBER]))).toEqual({
      iss: FILE.issuer,
      sub: 'repo:acme/etl',
      exp: expect.any(Number),
      groups: ['etl'],
    });
    expect(lines()).toEqual([{ authorizer: 'allowed', issuer: FILE.issuer, subject: 'repo:acme/etl' }]);
  });

  test.each<[what: string, change: JWTPayload]>([
    ['one of several audiences', { aud: ['x', 'another'] }],
    ['the demanded claim as one of a list', { org: ['x', 'ops'] }],
    ['a time before which it does not hold, in the past', { nbf: seconds() - 10 }],
    ['named by a group alone', { sub: 'jo', groups: ['data-eng'] }],
  ])('%s', async (_what, change) => {
    expect(effectOf(await asked(`bearer ${await token(change)}`))).toBe('Allow');
  });

  test('of a caller whom no grant names is denied in words', async () => {
    const result = await asked(`Bearer ${await token({ sub: 'repo:other/etl', groups: ['sales'] })}`);

    expect(effectOf(result)).toBe('Deny');
    expect(result).not.toHaveProperty('context');
    expect(lines()).toMatchObject([{ authorizer: 'denied', subject: 'repo:other/etl' }]);
  });
});

describe('what is no good token is unauthorised', () => {
  const confused = async () => {
    const head = `${encoded({ alg: 'HS256', kid: 'rsa' })}.${encoded(good())}`;
    const secret = await exportSPKI(rsa.publicKey);
    return `${head}.${createHmac('sha256', secret).update(head).digest('base64url')}`;
  };
  const tampered = async (change: object) => {
    const [header, , signature] = (await token()).split('.');
    return `${header}.${encoded({ ...good(), ...change })}.${signature}`;
  };

  test.each<[what: string, make: () => Promise<string>, why: string]>([
    ['expired', () => token({ exp: seconds() - 1 }), 'Expired'],
    ['not valid yet', () => token({ nbf: seconds() + 60 }), 'NotYetValid'],
    ['without an expiry', () => token({ exp: undefined }), 'NoExpiry'],
    ['without a subject', () => token({ sub: undefined }), 'NoSubject'],
    ['with an empty subject', () => token({ sub: '' }), 'NoSubject'],
    ['of another issuer', () => token({ iss: 'https://id.example.com.evil' }), 'Issuer'],
    ['of an issuer that begins alike', () => token({ iss: `${FILE.issuer}/` }), 'Issuer'],
    ['for another audience', () => token({ aud: 'mwaa' }), 'Audience'],
    ['for no audience', () => token({ aud: undefined }), 'Audience'],
    ['without the demanded claim', () => token({ org: undefined }), 'RequiredClaim'],
    ['with another value of it', () => token({ org: 'database' }), 'RequiredClaim'],
    ['with another spelling of it', () => token({ org: 'Data' }), 'RequiredClaim'],
    ['with an object in its place', () => token({ org: { data: 'data' } }), 'RequiredClaim'],
    ['signed by a key the issuer does not have', () => token({}, {}, stranger), 'Signature'],
    ['of a key nobody knows', () => token({}, { kid: 'none' }), 'UnknownKey'],
    ['that names no key', () => token({}, { kid: undefined as never }), 'NoKey'],
    [
      'with a key of its own',
      async () => token({}, { jwk: await exportJWK(stranger!.publicKey) }, stranger),
      'Signature',
    ],
    ['with an address of keys', () => token({}, { jku: 'https://evil.example/jwks' }, stranger), 'Signature'],
    ['without a signature', async () => `${encoded({ alg: 'none', kid: 'one' })}.${encoded(good())}.AA`, 'Algorithm'],
    ['signed with the public key as a secret', confused, 'Algorithm'],
    ['with another subject put in', () => tampered({ sub: 'repo:acme/admin' }), 'Signature'],
    ['with a later expiry put in', () => tampered({ exp: seconds() + 9999 }), 'Signature'],
    ['that is none', async () => 'aa.bb.cc', 'NotAToken'],
    ['that is longer than any', () => token({ groups: Array(3000).fill('etl-group') }), 'TooLong'],
  ])('%s', async (_what, make, why) => {
    await expect(asked(`Bearer ${await make()}`)).rejects.toThrow(/^Unauthorized$/);
    expect(lines()).toMatchObject([{ authorizer: 'unauthorized', why }]);
  });

  test.each([
    '',
    'Bearer',
    'Bearer ',
    'Basic am86cGFzcw==',
    'Bearer aa.bb',
    'Bearer  aa.bb.cc',
    'Bearer aa.bb.cc\nx',
    'aa.bb.cc',
  ])('the header %j', async (text) => {
    await expect(asked(text)).rejects.toThrow(/^Unauthorized$/);
    expect(fetched).toBe(0);
  });
});

describe('the keys of the issuer', () => {
  test('are fetched once for many tokens', async () => {
    for (let n = 0; n < 5; n++) await asked(`Bearer ${await token()}`);
    expect(fetched).toBe(1);
  });

  test('are fetched again for a key that has come since', async () => {
    await asked(`Bearer ${await token()}`);
    keys = [KEYS.one, KEYS.two];

    expect(effectOf(await asked(`Bearer ${await token({}, { kid: 'two' }, two)}`))).toBe('Allow');
  });

  test('one that is taken out is trusted for a bounded time', async () => {
    await asked(`Bearer ${await token()}`);
    keys = [KEYS.two];
    now = KEYS_KEPT_MS - 1;
    expect(effectOf(await asked(`Bearer ${await token()}`))).toBe('Allow');
    now = KEYS_KEPT_MS;
    await expect(asked(`Bearer ${await token()}`)).rejects.toThrow(/^Unauthorized$/);
  });

  test.each<[what: string, spoil: () => void]>([
    [
      'cannot be had',
      () => {
        issuerDown = true;
      },
    ],
    [
      'are no keys',
      () => {
        keys = [{ nothing: true }];
      },
    ],
  ])('that %s leave it open whether the token is good: neither a yes nor a no', async (_what, spoil) => {
    spoil();
    await expect(asked(`Bearer ${await token()}`)).rejects.toThrow('could not be checked');
    expect(lines()).toMatchObject([{ authorizer: 'failed' }]);
  });

  test('an unknown key does not make the issuer be asked without end', async () => {
    for (let n = 0; n < 20; n++) await asked(`Bearer ${await token({}, { kid: `k${n}` })}`).catch(() => {});
    expect(fetched).toBeLessThan(3);
  });
});

test('claims that API Gateway would not hand on are an error that says so, and no cut list', async () => {
  const groups = Array.from({ length: 900 }, (_, n) => `data-${n}`);
  await expect(asked(`Bearer ${await token({ groups })}`)).rejects.toThrow('could not be checked');
  const many = Array.from({ length: 900 }, (_, n) => `sales-${n}`);
  expect(effectOf(await asked(`Bearer ${await token({ groups: [...many, 'etl'] })}`))).toBe('Allow');
});

test('nothing of a token is in the log', async () => {
  const texts = [await token(), await token({ exp: 1 }), await token({}, {}, stranger)];
  for (const text of texts) await asked(`Bearer ${text}`).catch(() => {});
  const log = logged.mock.calls.flat().join('\n');

  for (const text of texts) for (const part of text.split('.')) expect(log).not.toContain(part);
  expect(log).not.toContain('sales');
});

test('the caller that the relay reads is matched by the very patterns that match the whole token', () => {
  const value = fc.oneof(
    fc.constantFrom('etl', 'sales', 'data-eng', 'repo:acme/x', 'jo'),
    fc.string(),
    fc.integer(),
    fc.boolean(),
  );
  const claims = fc.dictionary(
    fc.constantFrom('groups', 'sub', 'team', 'https://claims.example/x', 'roles'),
    fc.oneof(value, fc.array(value), fc.constant(null), fc.constant({ groups: 'etl' })),
  );
  const patterns = fc.array(
    fc.constantFrom(
      ...['oidc:groups=etl', 'oidc:groups=data-*', 'oidc:sub=repo:acme/*', 'oidc:team=7', 'oidc:roles=true'],
      ...['oidc:https://claims.example/x=a*', 'oidc:groups=s*', 'oidc:sub=jo', 'not readable'],
    ),
  );
  fc.assert(
    fc.property(claims, patterns, (some, texts) => {
      const token = {
        ...some,
        iss: FILE.issuer,
        sub: typeof some.sub === 'string' && some.sub ? some.sub : 'x',
        exp: 9e9,
      };
      const named = readWho(texts);
      const whole = callerFromClaims(token)!;
      const matched = (identities: typeof whole.identities) =>
        named.filter(({ realm, name }) => identities.some((one) => one.realm === realm && name.matches(one.name)));
      const known = namedClaims(token, named);
      expect(known !== undefined).toBe(matched(whole.identities).length > 0);
      if (known === undefined) return;
      const event = {
        resource: '/oidc/environments',
        requestContext: { authorizer: { [CLAIMS_MEMBER]: JSON.stringify(known) } },
      };
      const rebuilt = callerOf(event as never, 0);
      expect(rebuilt.principal).toBe(whole.principal);
      expect(matched(rebuilt.identities)).toEqual(matched(whole.identities));
    }),
  );
});
