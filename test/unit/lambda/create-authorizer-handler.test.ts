import { createHmac } from 'node:crypto';
import { inspect } from 'node:util';
import type { APIGatewayAuthorizerResult, APIGatewayProxyEvent } from 'aws-lambda';
import fc from 'fast-check';
import { exportSPKI } from 'jose';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { CLAIMS_CONTEXT_KEY } from '../../../contract/event-names.ts';
import type { RelayCaller } from '../../../contract/relay-request.ts';
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
import { identifyCaller, readCaller } from '../../../lambda/event/caller-from-event.ts';
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
  signTokenText,
} from './authorizer-tokens.ts';

const METHOD_ARN = 'arn:aws-cn:execute-api:cn-north-1:111122223333:abc/v1/POST/oidc/environments/prod/cli';
const JWKS_JSON = JSON.stringify({
  keys: [await exportPublicJwk('one'), await exportPublicJwk('rsa'), await exportPublicJwk('ed')],
});

/** Everything that is written to the console, stdout or stderr. */
const writtenOutput: string[] = [];
for (const method of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const) {
  vi.spyOn(console, method).mockImplementation(
    (...values) => void writtenOutput.push(values.map((value) => inspect(value)).join(' ')),
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

/** Parses the log, which has one line per decision. */
const getLogLines = () => writtenOutput.map((line) => JSON.parse(line.slice(1, -1)));

describe('a valid token', () => {
  test('of a caller that a grant names is allowed for all OIDC paths of the stage, and for no other paths', async () => {
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

  test.each<[what: string, claims: Record<string, unknown>, header?: object]>([
    ['has one of several audiences', { aud: ['x', 'another'] }],
    ['has the required claim in a list', { org: ['x', 'ops'] }],
    ['has the required claim as a number', { org: 7 }],
    ['expires in one second', { exp: NOW + 1 }],
    ['becomes valid in this second', { nbf: NOW }],
    ['has the type JWT', {}, { typ: 'JWT' }],
    ['has the type of an access token', {}, { typ: 'at+jwt' }],
    ['has the type of an access token in full', {}, { typ: 'application/AT+JWT' }],
    ['is an access token of Keycloak', { typ: 'Bearer' }, { typ: 'JWT' }],
    ['has claims of ID tokens too', { nonce: 'x', at_hash: 'x', token_use: 'id' }],
    ['is named only by a group', { sub: 'jo', groups: ['data-eng'] }],
  ])('is allowed if it %s', async (_what, changedClaims, header = {}) => {
    expect(getEffect(await authorizeToken(`bearer ${await signToken(changedClaims, header)}`))).toBe('Allow');
  });

  test.each<[alg: string, signer: 'rsa' | 'ed']>([
    ['RS256', 'rsa'],
    ['EdDSA', 'ed'],
  ])('is allowed with the algorithm %s', async (alg, signer) => {
    expect(getEffect(await authorizeToken(`BEARER ${await signToken({}, { alg, kid: signer }, signer)}`))).toBe(
      'Allow',
    );
  });

  test('has a bounded, printable subject for the access log', async () => {
    const { principalId } = await authorizeToken(
      `Bearer ${await signToken({ sub: `repo:acme/ü\n"${'x'.repeat(999)}` })}`,
    );

    expect(principalId).toBe(`repo:acme/??"${'x'.repeat(243)}`);
  });

  test('of a caller that no grant names is explicitly denied', async () => {
    const result = await authorizeToken(`Bearer ${await signToken({ sub: 'repo:other/etl', groups: ['sales'] })}`);

    expect(getEffect(result)).toBe('Deny');
    expect(result).not.toHaveProperty('context');
    expect(getLogLines()).toMatchObject([{ authorizer: 'denied', subject: 'repo:other/etl' }]);
  });
});

describe('a number or boolean in a claim is compared by its text in the token', () => {
  const findNamed = async (who: readonly string[], members: string): Promise<unknown> => {
    const handler = createAuthorizerHandler(verifyToken, parseCallerPatterns(who));
    const authorizationToken = `Bearer ${await signTokenText(`"org":"data",${members}`)}`;
    const { context } = await handler({ type: 'TOKEN', authorizationToken, methodArn: METHOD_ARN });
    if (context === undefined) return 'Deny';
    const event = { resource: '/oidc/e', requestContext: { authorizer: context } } as unknown as APIGatewayProxyEvent;
    // What the relay gets: the front's request as JSON.
    const source: RelayCaller = JSON.parse(JSON.stringify(identifyCaller(event, NOW * 1000).source));
    return readCaller(source).identities.flatMap(({ realm, name }) => (/iss|sub/.test(realm) ? [] : `${realm}${name}`));
  };

  test.each<[who: string, members: string, matches: boolean]>([
    ['oidc:id=9007199254740993', '"id":9007199254740993', true],
    ['oidc:id=9007199254740992', '"id":9007199254740993', false],
    ['oidc:id=9007199254740993', '"id":[1,9007199254740993]', true],
    ['oidc:id=9007199254740992', '"id":[9007199254740993]', false],
    ['oidc:id=12345678901234567890123456789', '"id":12345678901234567890123456789', true],
    ['oidc:id=1', '"id":1.0', false],
    ['oidc:id=1.0', '"id":1.0', true],
    ['oidc:id=1.00', '"id":1.0', false],
    ['oidc:id=1000', '"id":1e3', false],
    ['oidc:id=1e3', '"id":1e3', true],
    ['oidc:id=1e3', '"id":1E3', false],
    ['oidc:id=0', '"id":-0', false],
    ['oidc:id=-0', '"id":-0', true],
    ['oidc:id=Infinity', '"id":1e999', false],
    ['oidc:id=0.1', '"id":0.1000000000000000055', false],
    ['oidc:id=1', '"id":"1"', true],
    ['oidc:id=true', '"id":true', true],
    ['oidc:id=true', '"id":"true"', true],
    ['oidc:id=1', '"id":true', false],
    ['oidc:id=null', '"id":null', false],
    ['oidc:id=undefined', '"id":null', false],
    ['oidc:id=1', '"id":{"a":1}', false],
    ['oidc:id=1', '"id":[[1]]', false],
    ['oidc:id.a=1', '"id":{"a":1}', false],
  ])('%s, token {%s}: %s', async (who, members, matches) => {
    expect(await findNamed([who], members)).toEqual(matches ? [who] : 'Deny');
  });
});

describe('an invalid token is unauthorized', () => {
  const createConfusedToken = async () => {
    const head = `${encodeBase64Url({ alg: 'HS256', kid: 'rsa' })}.${encodeBase64Url(createValidClaims())}`;
    const secret = await exportSPKI(KEY_PAIRS.rsa.publicKey);
    return `${head}.${createHmac('sha256', secret).update(head).digest('base64url')}`;
  };
  const createTamperedToken = async (claims: object) => {
    const [header, , signature] = (await signToken()).split('.');
    return `${header}.${encodeBase64Url({ ...createValidClaims(), ...claims })}.${signature}`;
  };

  const createTokenOfLength = async (length: number) => {
    const short = await signToken({ x: '' });
    const longer = await signToken({ x: 'x'.repeat(Math.floor(((length - short.length) * 3) / 4) - 2) });
    return `${longer}${'A'.repeat(Math.max(0, length - longer.length))}`;
  };
  const withClaims = (claims: Record<string, unknown>, header = {}, signer: keyof typeof KEY_PAIRS = 'one') => {
    return () => signToken(claims, header, signer);
  };

  test.each<[what: string, createToken: () => Promise<string>, why: string]>([
    ['that has expired', withClaims({ exp: NOW - 1 }), 'Expired'],
    ['in the second in which it expires', withClaims({ exp: NOW }), 'Expired'],
    ['that expired long before the epoch', withClaims({ exp: -1e300 }), 'Expired'],
    ['that is not valid yet', withClaims({ nbf: NOW + 1 }), 'NotYetValid'],
    ['that is not valid for a very long time', withClaims({ nbf: 1e300 }), 'NotYetValid'],
    ['without an expiry', withClaims({ exp: undefined }), 'NoExpiry'],
    ['with an expiry that is not a number', withClaims({ exp: String(NOW + 60) }), 'NotAToken'],
    ['without a subject', withClaims({ sub: undefined }), 'NoSubject'],
    ['with an empty subject', withClaims({ sub: '' }), 'NoSubject'],
    ['with a list of subjects', withClaims({ sub: ['repo:acme/etl'] }), 'NotAToken'],
    ['of another issuer', withClaims({ iss: 'https://id.example.com.evil' }), 'Issuer'],
    ['of an issuer with the same prefix', withClaims({ iss: `${AUTHORIZER_FILE.issuer}/` }), 'Issuer'],
    ['without an issuer', withClaims({ iss: undefined }), 'Issuer'],
    ['for another audience', withClaims({ aud: 'mwaa' }), 'Audience'],
    ['for the audience in another case', withClaims({ aud: 'MWAA-cli-proxy' }), 'Audience'],
    ['for two other audiences', withClaims({ aud: ['mwaa', 'x'] }), 'Audience'],
    ['without an audience', withClaims({ aud: undefined }), 'Audience'],
    ['without the required claim', withClaims({ org: undefined }), 'RequiredClaim'],
    ['with another value of the required claim', withClaims({ org: 'database' }), 'RequiredClaim'],
    ['with a prefix of the required claim', withClaims({ org: 'dat' }), 'RequiredClaim'],
    ['with the required claim in another case', withClaims({ org: 'Data' }), 'RequiredClaim'],
    ['with several values of the required claim in one string', withClaims({ org: 'data,ops' }), 'RequiredClaim'],
    ['with a list without the required claim', withClaims({ org: ['x', 'y'] }), 'RequiredClaim'],
    ['with the required claim in a nested list', withClaims({ org: [['data']] }), 'RequiredClaim'],
    ['with an object as the required claim', withClaims({ org: { data: 'data' } }), 'RequiredClaim'],
    ['signed by a key the issuer does not have', withClaims({}, {}, 'stranger'), 'Signature'],
    ['signed by another key of the issuer', withClaims({}, { alg: 'RS256' }, 'rsa'), 'Signature'],
    ['with an unknown key id', withClaims({}, { kid: 'none' }), 'UnknownKey'],
    ['with a key id like a property of objects', withClaims({}, { kid: '__proto__' }), 'UnknownKey'],
    ['without a key id', withClaims({}, { kid: undefined }), 'NoKey'],
    [
      'with its own key in the header',
      async () => withClaims({}, { jwk: await exportPublicJwk('stranger') }, 'stranger')(),
      'Signature',
    ],
    ['with a JWKS URL in the header', withClaims({}, { jku: 'https://evil.example/jwks' }, 'stranger'), 'Signature'],
    [
      'with a certificate URL in the header',
      withClaims({}, { x5u: 'https://evil.example/x5u' }, 'stranger'),
      'Signature',
    ],
    ['with its own certificates in the header', withClaims({}, { x5c: ['MIIB'] }, 'stranger'), 'Signature'],
    ['with a critical extension', withClaims({}, { crit: ['urn:example'], 'urn:example': 1 }), 'Extension'],
    [
      'without a signature',
      async () => `${encodeBase64Url({ alg: 'none', kid: 'one' })}.${encodeBase64Url(createValidClaims())}.AA`,
      'Algorithm',
    ],
    ['signed with the public key as a shared secret', createConfusedToken, 'Algorithm'],
    ['with a replaced subject', () => createTamperedToken({ sub: 'repo:acme/admin' }), 'Signature'],
    ['with a replaced expiry', () => createTamperedToken({ exp: NOW + 9999 }), 'Signature'],
    ['with another signature', async () => (await signToken()).replace(/[^.]+$/, 'A'.repeat(86)), 'Signature'],
    ['with a truncated signature', async () => (await signToken()).slice(0, -4), 'Signature'],
    ['that is not a JWT', async () => 'aa.bb.cc', 'NotAToken'],
    [
      'whose claims are a list',
      async () => `${encodeBase64Url({ alg: 'ES256', kid: 'one' })}.${encodeBase64Url([])}.AA`,
      'NotAToken',
    ],
    ['that names a claim twice', () => signTokenText('"org":"data","org":"data"'), 'RepeatedClaim'],
    [
      'that names a claim twice, once with an escape',
      () => signTokenText('"sub":"x","s\\u0075b":"x"'),
      'RepeatedClaim',
    ],
    [
      'with a number that would round to the required claim',
      () => signTokenText('"org":7.0000000000000001'),
      'RequiredClaim',
    ],
    ['with another spelling of the required claim', () => signTokenText('"org":7.0'), 'RequiredClaim'],
    ['for logging out', withClaims({}, { typ: 'logout+jwt' }), 'TokenType'],
    ['for a security event', withClaims({}, { typ: 'application/secevent+jwt' }), 'TokenType'],
    ['for proving a key', withClaims({}, { typ: 'dpop+jwt' }), 'TokenType'],
    ['for binding a key', withClaims({}, { typ: 'KB+JWT' }), 'TokenType'],
    ['that is an ID token by its type', withClaims({}, { typ: 'id+jwt' }), 'TokenType'],
    ['whose type is not text', () => signTokenText('"org":"data"', { typ: ['JWT'] }), 'TokenType'],
    ['with events', withClaims({ events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }), 'TokenType'],
    ['that is an ID token of Keycloak', withClaims({ typ: 'ID' }, { typ: 'JWT' }), 'TokenType'],
    ['that is a refresh token of Keycloak', withClaims({ typ: 'Refresh' }, { typ: 'JWT' }), 'TokenType'],
    ['that is an ID token, in lower case', withClaims({ typ: 'id' }, { typ: 'JWT' }), 'TokenType'],
    ['that exceeds the length limit', () => createTokenOfLength(MAX_TOKEN_LENGTH + 1), 'TooLong'],
    ['that is huge', async () => `a.${'b'.repeat(5_000_000)}.c`, 'TooLong'],
  ])('%s', async (_what, createToken, why) => {
    await expect(authorizeToken(`Bearer ${await createToken()}`)).rejects.toThrow(/^Unauthorized$/);
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
  ])('the header %j', async (header) => {
    await expect(authorizeToken(header)).rejects.toThrow(/^Unauthorized$/);
    expect(issuer.fetched).toBe(0);
    expect(getLogLines()).toEqual([{ authorizer: 'unauthorized', why: 'NoBearerToken' }]);
  });

  test('a valid token in a header with other text', async () => {
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
])('fails, without allowing or denying, for an ARN that is not an API method: %s', async (methodArn) => {
  await expect(authorizeToken(`Bearer ${await signToken()}`, methodArn)).rejects.toThrow(
    'not the ARN of an API method',
  );
  expect(getLogLines()).toEqual([{ authorizer: 'failed', why: 'MethodArn' }]);
});

describe('a token with hundreds of groups', () => {
  const createGroups = (name: string, count: number) => Array.from({ length: count }, (_, n) => `${name}-${n}`);

  test('passes only the groups that a grant names to the functions', async () => {
    const { context } = await authorizeToken(
      `Bearer ${await signToken({ groups: [...createGroups('sales', 500), 'etl'] })}`,
    );
    expect(JSON.parse(String(context?.[CLAIMS_CONTEXT_KEY]))).toMatchObject({ groups: ['etl'] });
  });

  test('fails if the named groups exceed the limit of API Gateway, instead of passing only some of them', async () => {
    const sizes: number[] = [];
    for (let count = 500; count <= 620; count += 10) {
      const result = await authorizeToken(
        `Bearer ${await signToken({ sub: 'jo', groups: createGroups('data', count) })}`,
      ).catch((error: Error) => void expect(error.message).toContain('fewer of the groups'));
      if (result) sizes.push(JSON.stringify(result).length);
    }
    expect(Math.max(...sizes)).toBeLessThanOrEqual(MAX_AUTHORIZER_RESPONSE_BYTES);
    expect(Math.max(...sizes)).toBeGreaterThan(MAX_AUTHORIZER_RESPONSE_BYTES - 200);
    expect(getLogLines().at(0)).toMatchObject({ authorizer: 'allowed' });
    expect(getLogLines().at(-1)).toMatchObject({ authorizer: 'failed', why: 'ClaimsTooLong', subject: 'jo' });
  });
});

test('no part of a token is in the log or in a thrown error, which Lambda logs', async () => {
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

test('the selected claims match exactly the patterns that match the whole token', () => {
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
  const randomPattern = fc
    .tuple(fc.constantFrom('groups', 'sub', 'team', 'roles'), text)
    .map(([claim, t]) => `oidc:${claim}=${t}*`);
  const patternTexts = fc.array(
    fc.oneof(
      randomPattern,
      fc.constantFrom(
        'oidc:groups=etl',
        'oidc:groups=data-*',
        'oidc:sub=repo:acme/*',
        'oidc:team=7',
        'oidc:roles=true',
        'oidc:https://claims.example/x=a*',
        'oidc:groups=s*',
        'oidc:sub=jo',
        'not readable',
      ),
    ),
  );
  fc.assert(
    fc.property(claims, patternTexts, (randomClaims, texts) => {
      const token = {
        ...randomClaims,
        iss: AUTHORIZER_FILE.issuer,
        sub: typeof randomClaims.sub === 'string' && randomClaims.sub ? randomClaims.sub : 'x',
        exp: 9e9,
      };
      const patterns = parseCallerPatterns(texts);
      const whole = callerFromClaims(token)!;
      const getMatching = (identities: typeof whole.identities) =>
        patterns.filter(({ realm, name }) =>
          identities.some((identity) => identity.realm === realm && name.matches(identity.name)),
        );
      const selected = selectNamedClaims({ iss: token.iss, sub: token.sub, exp: token.exp, claims: token }, patterns);
      expect(selected !== undefined).toBe(getMatching(whole.identities).length > 0);
      if (selected === undefined) return;
      const event = {
        resource: '/oidc/environments',
        requestContext: { authorizer: { [CLAIMS_CONTEXT_KEY]: JSON.stringify(selected) } },
      };
      const rebuilt = identifyCaller(event as never, 0).caller;
      expect(rebuilt.principal).toBe(whole.principal);
      expect(getMatching(rebuilt.identities)).toEqual(getMatching(whole.identities));
    }),
  );
});
