import { createHmac } from 'node:crypto';
import { inspect } from 'node:util';
import type { APIGatewayAuthorizerResult } from 'aws-lambda';
import fc from 'fast-check';
import { exportSPKI } from 'jose';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { CLAIMS_CONTEXT_KEY } from '../../../contract/event-names.ts';
import {
  createAuthorizerHandler,
  MAX_AUTHORIZER_RESPONSE_BYTES,
} from '../../../lambda/authorizer/create-authorizer-handler.ts';
import {
  createVerifyToken,
  MAX_TOKEN_LENGTH,
  type VerifyToken,
} from '../../../lambda/authorizer/create-verify-token.ts';
import { parseCallerPatterns, selectNamedClaims } from '../../../lambda/authorizer/select-named-claims.ts';
import { callerFromEvent } from '../../../lambda/event/caller-from-event.ts';
import { callerFromClaims } from '../../../policy/caller.ts';
import {
  AUTHORIZER_FILE,
  createFakeIssuer,
  createValidClaims,
  encodeBase64Url,
  exportPublicJwk,
  KEY_PAIRS,
  NOW,
  signToken,
} from './authorizer-tokens.ts';

const METHOD_ARN = 'arn:aws-cn:execute-api:cn-north-1:111122223333:abc/v1/POST/oidc/environments/prod/cli';
const JWKS_JSON = JSON.stringify({
  keys: [await exportPublicJwk('one'), await exportPublicJwk('rsa'), await exportPublicJwk('ed')],
});

/** Everything that is written, by whatever way. */
const writtenOutput: string[] = [];
for (const way of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const) {
  vi.spyOn(console, way).mockImplementation(
    (...all) => void writtenOutput.push(all.map((one) => inspect(one)).join(' ')),
  );
}
for (const stream of [process.stdout, process.stderr]) {
  vi.spyOn(stream, 'write').mockImplementation((text) => writtenOutput.push(String(text)) > 0);
}

let issuer: ReturnType<typeof createFakeIssuer>;
let verifyToken: VerifyToken;
beforeEach(() => {
  issuer = createFakeIssuer(() => JWKS_JSON);
  verifyToken = createVerifyToken(AUTHORIZER_FILE, () => NOW * 1000, issuer);
  writtenOutput.length = 0;
});

const authorizeToken = (authorizationToken: string, methodArn = METHOD_ARN): Promise<APIGatewayAuthorizerResult> =>
  createAuthorizerHandler(
    verifyToken,
    parseCallerPatterns(AUTHORIZER_FILE.who),
  )({ type: 'TOKEN', authorizationToken, methodArn });

const getEffect = ({ policyDocument }: APIGatewayAuthorizerResult) =>
  (policyDocument.Statement[0] as { Effect: string; Resource: string }).Effect;

/** What the log has, a line a decision. */
const getLogLines = () => writtenOutput.map((line) => JSON.parse(line.slice(1, -1)));

describe('a good token', () => {
  test('of a caller whom a grant names is allowed, for every path of tokens in the stage and no other', async () => {
    const { principalId, policyDocument, context } = await authorizeToken(`Bearer ${await signToken()}`);

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
    expect(JSON.parse(String(context?.[CLAIMS_CONTEXT_KEY]))).toEqual({
      iss: AUTHORIZER_FILE.issuer,
      sub: 'repo:acme/etl',
      exp: expect.any(Number),
      groups: ['etl'],
    });
    expect(getLogLines()).toEqual([
      { authorizer: 'allowed', issuer: AUTHORIZER_FILE.issuer, subject: 'repo:acme/etl' },
    ]);
  });

  test.each<[what: string, change: Record<string, unknown>]>([
    ['one of several audiences', { aud: ['x', 'another'] }],
    ['the demanded claim as one of a list', { org: ['x', 'ops'] }],
    ['the demanded claim as a number', { org: 7 }],
    ['until the second before it expires', { exp: NOW + 1 }],
    ['from the second on in which it begins', { nbf: NOW }],
    ['named by a group alone', { sub: 'jo', groups: ['data-eng'] }],
  ])('%s', async (_what, change) => {
    expect(getEffect(await authorizeToken(`bearer ${await signToken(change)}`))).toBe('Allow');
  });

  test.each<[alg: string, signer: 'rsa' | 'ed']>([
    ['RS256', 'rsa'],
    ['EdDSA', 'ed'],
  ])('signed by %s', async (alg, signer) => {
    expect(getEffect(await authorizeToken(`BEARER ${await signToken({}, { alg, kid: signer }, signer)}`))).toBe(
      'Allow',
    );
  });

  test('names its subject for the access log in a bounded, printable text', async () => {
    const { principalId } = await authorizeToken(
      `Bearer ${await signToken({ sub: `repo:acme/ü\n"${'x'.repeat(999)}` })}`,
    );

    expect(principalId).toBe(`repo:acme/??"${'x'.repeat(243)}`);
  });

  test('of a caller whom no grant names is denied in words', async () => {
    const result = await authorizeToken(`Bearer ${await signToken({ sub: 'repo:other/etl', groups: ['sales'] })}`);

    expect(getEffect(result)).toBe('Deny');
    expect(result).not.toHaveProperty('context');
    expect(getLogLines()).toMatchObject([{ authorizer: 'denied', subject: 'repo:other/etl' }]);
  });
});

describe('what is no good token is unauthorized', () => {
  const confused = async () => {
    const head = `${encodeBase64Url({ alg: 'HS256', kid: 'rsa' })}.${encodeBase64Url(createValidClaims())}`;
    const secret = await exportSPKI(KEY_PAIRS.rsa.publicKey);
    return `${head}.${createHmac('sha256', secret).update(head).digest('base64url')}`;
  };
  const tampered = async (change: object) => {
    const [header, , signature] = (await signToken()).split('.');
    return `${header}.${encodeBase64Url({ ...createValidClaims(), ...change })}.${signature}`;
  };

  const ofLength = async (length: number) => {
    const short = await signToken({ x: '' });
    const longer = await signToken({ x: 'x'.repeat(Math.floor(((length - short.length) * 3) / 4) - 2) });
    return `${longer}${'A'.repeat(Math.max(0, length - longer.length))}`;
  };
  const sent = (change: Record<string, unknown>, header = {}, signer: keyof typeof KEY_PAIRS = 'one') => {
    return () => signToken(change, header, signer);
  };

  test.each<[what: string, make: () => Promise<string>, why: string]>([
    ['expired', sent({ exp: NOW - 1 }), 'Expired'],
    ['in the second in which it expires', sent({ exp: NOW }), 'Expired'],
    ['expired long before there were clocks', sent({ exp: -1e300 }), 'Expired'],
    ['not valid yet', sent({ nbf: NOW + 1 }), 'NotYetValid'],
    ['not valid before the end of time', sent({ nbf: 1e300 }), 'NotYetValid'],
    ['without an expiry', sent({ exp: undefined }), 'NoExpiry'],
    ['with an expiry of another kind', sent({ exp: String(NOW + 60) }), 'NotAToken'],
    ['without a subject', sent({ sub: undefined }), 'NoSubject'],
    ['with an empty subject', sent({ sub: '' }), 'NoSubject'],
    ['with a list of subjects', sent({ sub: ['repo:acme/etl'] }), 'NotAToken'],
    ['of another issuer', sent({ iss: 'https://id.example.com.evil' }), 'Issuer'],
    ['of an issuer that begins alike', sent({ iss: `${AUTHORIZER_FILE.issuer}/` }), 'Issuer'],
    ['of no issuer', sent({ iss: undefined }), 'Issuer'],
    ['for another audience', sent({ aud: 'mwaa' }), 'Audience'],
    ['for another spelling of it', sent({ aud: 'MWAA-cli-proxy' }), 'Audience'],
    ['for two other audiences', sent({ aud: ['mwaa', 'x'] }), 'Audience'],
    ['for no audience', sent({ aud: undefined }), 'Audience'],
    ['without the demanded claim', sent({ org: undefined }), 'RequiredClaim'],
    ['with another value of it', sent({ org: 'database' }), 'RequiredClaim'],
    ['with the beginning of it', sent({ org: 'dat' }), 'RequiredClaim'],
    ['with another spelling of it', sent({ org: 'Data' }), 'RequiredClaim'],
    ['with values of it in one text', sent({ org: 'data,ops' }), 'RequiredClaim'],
    ['with none in a list of it', sent({ org: ['x', 'y'] }), 'RequiredClaim'],
    ['with it in a list within a list', sent({ org: [['data']] }), 'RequiredClaim'],
    ['with an object in its place', sent({ org: { data: 'data' } }), 'RequiredClaim'],
    ['signed by a key the issuer does not have', sent({}, {}, 'stranger'), 'Signature'],
    ['signed by another key of the issuer', sent({}, { alg: 'RS256' }, 'rsa'), 'Signature'],
    ['of a key nobody knows', sent({}, { kid: 'none' }), 'UnknownKey'],
    ['of a key named like an attribute of objects', sent({}, { kid: '__proto__' }), 'UnknownKey'],
    ['that names no key', sent({}, { kid: undefined }), 'NoKey'],
    [
      'with a key of its own',
      async () => sent({}, { jwk: await exportPublicJwk('stranger') }, 'stranger')(),
      'Signature',
    ],
    ['with an address of keys', sent({}, { jku: 'https://evil.example/jwks' }, 'stranger'), 'Signature'],
    ['with an address of certificates', sent({}, { x5u: 'https://evil.example/x5u' }, 'stranger'), 'Signature'],
    ['with certificates of its own', sent({}, { x5c: ['MIIB'] }, 'stranger'), 'Signature'],
    ['with an extension that must be understood', sent({}, { crit: ['urn:example'], 'urn:example': 1 }), 'Extension'],
    [
      'without a signature',
      async () => `${encodeBase64Url({ alg: 'none', kid: 'one' })}.${encodeBase64Url(createValidClaims())}.AA`,
      'Algorithm',
    ],
    ['signed with the public key as a secret', confused, 'Algorithm'],
    ['with another subject put in', () => tampered({ sub: 'repo:acme/admin' }), 'Signature'],
    ['with a later expiry put in', () => tampered({ exp: NOW + 9999 }), 'Signature'],
    ['with a signature of another', async () => (await signToken()).replace(/[^.]+$/, 'A'.repeat(86)), 'Signature'],
    ['with a signature cut off', async () => (await signToken()).slice(0, -4), 'Signature'],
    ['that is none', async () => 'aa.bb.cc', 'NotAToken'],
    [
      'with claims that are a list',
      async () => `${encodeBase64Url({ alg: 'ES256', kid: 'one' })}.${encodeBase64Url([])}.AA`,
      'NotAToken',
    ],
    ['that is longer than any', () => ofLength(MAX_TOKEN_LENGTH + 1), 'TooLong'],
    ['that is huge', async () => `a.${'b'.repeat(5_000_000)}.c`, 'TooLong'],
  ])('%s', async (_what, make, why) => {
    await expect(authorizeToken(`Bearer ${await make()}`)).rejects.toThrow(/^Unauthorized$/);
    expect(getLogLines()).toMatchObject([{ authorizer: 'unauthorized', why }]);
  });

  test.each([
    '',
    'Bearer',
    'Bearer ',
    'Basic am86cGFzcw==',
    'Bearer aa.bb',
    'Bearer aa.bb.cc.dd',
    'Bearer  aa.bb.cc',
    ' Bearer aa.bb.cc',
    'Bearer aa.bb.cc ',
    'Bearer\taa.bb.cc',
    'Bearer aa.bb.cc\n',
    'Bearer aa.bb.cc\nx',
    'Bearer aa.bb.cc, Bearer aa.bb.cc',
    'Bearer aa.bb.cc==',
    'aa.bb.cc',
  ])('the header %j', async (text) => {
    await expect(authorizeToken(text)).rejects.toThrow(/^Unauthorized$/);
    expect(issuer.fetched).toBe(0);
    expect(getLogLines()).toEqual([{ authorizer: 'unauthorized', why: 'NoBearerToken' }]);
  });

  test('a good token in a header with more in it', async () => {
    for (const header of [
      `Bearer  ${await signToken()}`,
      `Bearer ${await signToken()}\n`,
      `x Bearer ${await signToken()}`,
    ]) {
      await expect(authorizeToken(header)).rejects.toThrow(/^Unauthorized$/);
    }
  });
});

test.each([
  'arn:aws:execute-api:eu-west-1:111122223333:abc',
  'arn:aws:execute-api:eu-west-1:111122223333:abc/v1',
  'arn:aws:execute-api:eu-west-1:111122223333:*/v1/POST/oidc/x',
  'arn:aws:execute-api:eu-west-1:111122223333:abc/*/POST/oidc/x',
  'arn:aws:lambda:eu-west-1:111122223333:abc/v1/POST/oidc/x',
  '*',
])('a method of no API is answered neither yes nor no: %s', async (methodArn) => {
  await expect(authorizeToken(`Bearer ${await signToken()}`, methodArn)).rejects.toThrow('no method of an API');
  expect(getLogLines()).toEqual([{ authorizer: 'failed', why: 'MethodArn' }]);
});

describe('of hundreds of groups', () => {
  const groups = (name: string, count: number) => Array.from({ length: count }, (_, n) => `${name}-${n}`);

  test('those that no grant names are left out', async () => {
    const { context } = await authorizeToken(`Bearer ${await signToken({ groups: [...groups('sales', 500), 'etl'] })}`);
    expect(JSON.parse(String(context?.[CLAIMS_CONTEXT_KEY]))).toMatchObject({ groups: ['etl'] });
  });

  test('more than API Gateway hands on are an error that says so, and no cut list', async () => {
    const sizes: number[] = [];
    for (let count = 500; count <= 620; count += 10) {
      const result = await authorizeToken(
        `Bearer ${await signToken({ sub: 'jo', groups: groups('data', count) })}`,
      ).catch((error: Error) => void expect(error.message).toContain('fewer of the groups'));
      if (result) sizes.push(JSON.stringify(result).length);
    }
    expect(Math.max(...sizes)).toBeLessThanOrEqual(MAX_AUTHORIZER_RESPONSE_BYTES);
    expect(Math.max(...sizes)).toBeGreaterThan(MAX_AUTHORIZER_RESPONSE_BYTES - 200);
    expect(getLogLines().at(0)).toMatchObject({ authorizer: 'allowed' });
    expect(getLogLines().at(-1)).toMatchObject({ authorizer: 'failed', why: 'ClaimsTooLong', subject: 'jo' });
  });
});

test('nothing of a token is in the log, nor in what is thrown, which Lambda logs', async () => {
  const texts = [
    await signToken(),
    await signToken({ sub: 'jo', groups: ['football'] }),
    await signToken({ exp: 1 }),
    await signToken({ org: 'a-secret-claim' }),
    await signToken({ aud: 'a-secret-claim' }),
    await signToken({}, { kid: 'a-secret-kid' }),
    await signToken({}, { kid: 'another-secret-kid' }),
    await signToken({}, {}, 'stranger'),
    (await signToken()).slice(0, -4),
    `${encodeBase64Url({ alg: 'none', kid: 'one' })}.${encodeBase64Url(createValidClaims())}.AAAA`,
    await signToken({ sub: 'jo', groups: Array.from({ length: 700 }, (_, n) => `data-${n}`) }),
  ];
  const thrown: unknown[] = [];
  for (const text of texts) await authorizeToken(`Bearer ${text}`).catch((error) => thrown.push(error));
  await authorizeToken(`Bearer x${texts[0]}`).catch((error) => thrown.push(error));
  const broken = createAuthorizerHandler(() => Promise.reject(new TypeError(texts[0])), []);
  await broken({ type: 'TOKEN', authorizationToken: `Bearer ${texts[0]}`, methodArn: METHOD_ARN }).catch((error) =>
    thrown.push(error),
  );
  const everything = [...writtenOutput, ...thrown.map((error) => inspect(error, { depth: 9, showHidden: true }))].join(
    '\n',
  );

  expect(thrown).toHaveLength(texts.length);
  expect(writtenOutput).toHaveLength(texts.length + 2);
  for (const text of texts) for (const part of text.split('.')) expect(everything).not.toContain(part);
  for (const word of ['secret', 'sales', 'football', 'data-1']) expect(everything).not.toContain(word);
  for (const line of getLogLines()) {
    expect(['authorizer', 'why', 'issuer', 'subject']).toEqual(expect.arrayContaining(Object.keys(line)));
  }
});

test('the caller that the relay reads is matched by the very patterns that match the whole token', () => {
  const value = fc.oneof(
    fc.constantFrom('etl', 'sales', 'data-eng', 'repo:acme/x', 'jo'),
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.integer(),
    fc.boolean(),
  );
  const claims = fc.dictionary(
    fc.constantFrom('groups', 'sub', 'team', 'https://claims.example/x', 'roles'),
    fc.oneof(value, fc.array(fc.oneof(value, fc.array(value))), fc.constant(null), fc.constant({ groups: 'etl' })),
  );
  const text = fc.string({ minLength: 1, maxLength: 3 });
  const invented = fc
    .tuple(fc.constantFrom('groups', 'sub', 'team', 'roles'), text)
    .map(([claim, t]) => `oidc:${claim}=${t}*`);
  const written = fc.array(
    fc.oneof(
      invented,
      fc.constantFrom(
        ...['oidc:groups=etl', 'oidc:groups=data-*', 'oidc:sub=repo:acme/*', 'oidc:team=7', 'oidc:roles=true'],
        ...['oidc:https://claims.example/x=a*', 'oidc:groups=s*', 'oidc:sub=jo', 'not readable'],
      ),
    ),
  );
  fc.assert(
    fc.property(claims, written, (some, texts) => {
      const token = {
        ...some,
        iss: AUTHORIZER_FILE.issuer,
        sub: typeof some.sub === 'string' && some.sub ? some.sub : 'x',
        exp: 9e9,
      };
      const named = parseCallerPatterns(texts);
      const whole = callerFromClaims(token)!;
      const matched = (identities: typeof whole.identities) =>
        named.filter(({ realm, name }) => identities.some((one) => one.realm === realm && name.matches(one.name)));
      const known = selectNamedClaims(token, named);
      expect(known !== undefined).toBe(matched(whole.identities).length > 0);
      if (known === undefined) return;
      const event = {
        resource: '/oidc/environments',
        requestContext: { authorizer: { [CLAIMS_CONTEXT_KEY]: JSON.stringify(known) } },
      };
      const rebuilt = callerFromEvent(event as never, 0);
      expect(rebuilt.principal).toBe(whole.principal);
      expect(matched(rebuilt.identities)).toEqual(matched(whole.identities));
    }),
  );
});
