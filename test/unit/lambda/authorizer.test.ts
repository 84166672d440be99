import { createHmac } from 'node:crypto';
import { inspect } from 'node:util';
import type { APIGatewayAuthorizerResult } from 'aws-lambda';
import fc from 'fast-check';
import { exportSPKI } from 'jose';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { answer, LONGEST_ANSWER } from '../../../lambda/authorizer/answer.ts';
import { namedClaims, readWho } from '../../../lambda/authorizer/named-claims.ts';
import { type CheckToken, LONGEST_TOKEN, tokenCheck } from '../../../lambda/authorizer/token-check.ts';
import { callerOf } from '../../../lambda/caller-of-event.ts';
import { CLAIMS_MEMBER } from '../../../lambda/names.ts';
import { callerFromClaims } from '../../../policy/caller.ts';
import { encoded, FILE, good, jwk, NOW, PAIRS, playedIssuer, token } from './authorizer-tokens.ts';

const METHOD = 'arn:aws-cn:execute-api:cn-north-1:111122223333:abc/v1/POST/oidc/environments/prod/cli';
const KEYS = JSON.stringify({ keys: [await jwk('one'), await jwk('rsa'), await jwk('ed')] });

/** Everything that is written, by whatever way. */
const written: string[] = [];
for (const way of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const) {
  vi.spyOn(console, way).mockImplementation((...all) => void written.push(all.map((one) => inspect(one)).join(' ')));
}
for (const stream of [process.stdout, process.stderr]) {
  vi.spyOn(stream, 'write').mockImplementation((text) => written.push(String(text)) > 0);
}

let issuer: ReturnType<typeof playedIssuer>;
let check: CheckToken;
beforeEach(() => {
  issuer = playedIssuer(() => KEYS);
  check = tokenCheck(FILE, () => NOW * 1000, issuer);
  written.length = 0;
});

const asked = (authorizationToken: string, methodArn = METHOD): Promise<APIGatewayAuthorizerResult> =>
  answer(check, readWho(FILE.who))({ type: 'TOKEN', authorizationToken, methodArn });

const effectOf = ({ policyDocument }: APIGatewayAuthorizerResult) =>
  (policyDocument.Statement[0] as { Effect: string; Resource: string }).Effect;

/** What the log has, a line a decision. */
const lines = () => written.map((line) => JSON.parse(line.slice(1, -1)));

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

  test.each<[what: string, change: Record<string, unknown>]>([
    ['one of several audiences', { aud: ['x', 'another'] }],
    ['the demanded claim as one of a list', { org: ['x', 'ops'] }],
    ['the demanded claim as a number', { org: 7 }],
    ['until the second before it expires', { exp: NOW + 1 }],
    ['from the second on in which it begins', { nbf: NOW }],
    ['named by a group alone', { sub: 'jo', groups: ['data-eng'] }],
  ])('%s', async (_what, change) => {
    expect(effectOf(await asked(`bearer ${await token(change)}`))).toBe('Allow');
  });

  test.each<[alg: string, signer: 'rsa' | 'ed']>([
    ['RS256', 'rsa'],
    ['EdDSA', 'ed'],
  ])('signed by %s', async (alg, signer) => {
    expect(effectOf(await asked(`BEARER ${await token({}, { alg, kid: signer }, signer)}`))).toBe('Allow');
  });

  test('names its subject for the access log in a bounded, printable text', async () => {
    const { principalId } = await asked(`Bearer ${await token({ sub: `repo:acme/ü\n"${'x'.repeat(999)}` })}`);

    expect(principalId).toBe(`repo:acme/??"${'x'.repeat(243)}`);
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
    const secret = await exportSPKI(PAIRS.rsa.publicKey);
    return `${head}.${createHmac('sha256', secret).update(head).digest('base64url')}`;
  };
  const tampered = async (change: object) => {
    const [header, , signature] = (await token()).split('.');
    return `${header}.${encoded({ ...good(), ...change })}.${signature}`;
  };

  const ofLength = async (length: number) => {
    const short = await token({ x: '' });
    const longer = await token({ x: 'x'.repeat(Math.floor(((length - short.length) * 3) / 4) - 2) });
    return `${longer}${'A'.repeat(Math.max(0, length - longer.length))}`;
  };
  const sent = (change: Record<string, unknown>, header = {}, signer: keyof typeof PAIRS = 'one') => {
    return () => token(change, header, signer);
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
    ['of an issuer that begins alike', sent({ iss: `${FILE.issuer}/` }), 'Issuer'],
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
    ['with a key of its own', async () => sent({}, { jwk: await jwk('stranger') }, 'stranger')(), 'Signature'],
    ['with an address of keys', sent({}, { jku: 'https://evil.example/jwks' }, 'stranger'), 'Signature'],
    ['with an address of certificates', sent({}, { x5u: 'https://evil.example/x5u' }, 'stranger'), 'Signature'],
    ['with certificates of its own', sent({}, { x5c: ['MIIB'] }, 'stranger'), 'Signature'],
    ['with an extension that must be understood', sent({}, { crit: ['urn:example'], 'urn:example': 1 }), 'Extension'],
    ['without a signature', async () => `${encoded({ alg: 'none', kid: 'one' })}.${encoded(good())}.AA`, 'Algorithm'],
    ['signed with the public key as a secret', confused, 'Algorithm'],
    ['with another subject put in', () => tampered({ sub: 'repo:acme/admin' }), 'Signature'],
    ['with a later expiry put in', () => tampered({ exp: NOW + 9999 }), 'Signature'],
    ['with a signature of another', async () => (await token()).replace(/[^.]+$/, 'A'.repeat(86)), 'Signature'],
    ['with a signature cut off', async () => (await token()).slice(0, -4), 'Signature'],
    ['that is none', async () => 'aa.bb.cc', 'NotAToken'],
    [
      'with claims that are a list',
      async () => `${encoded({ alg: 'ES256', kid: 'one' })}.${encoded([])}.AA`,
      'NotAToken',
    ],
    ['that is longer than any', () => ofLength(LONGEST_TOKEN + 1), 'TooLong'],
    ['that is huge', async () => `a.${'b'.repeat(5_000_000)}.c`, 'TooLong'],
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
    await expect(asked(text)).rejects.toThrow(/^Unauthorized$/);
    expect(issuer.fetched).toBe(0);
    expect(lines()).toEqual([{ authorizer: 'unauthorized', why: 'NoBearerToken' }]);
  });

  test('a good token in a header with more in it', async () => {
    for (const header of [`Bearer  ${await token()}`, `Bearer ${await token()}\n`, `x Bearer ${await token()}`]) {
      await expect(asked(header)).rejects.toThrow(/^Unauthorized$/);
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
  await expect(asked(`Bearer ${await token()}`, methodArn)).rejects.toThrow('no method of an API');
  expect(lines()).toEqual([{ authorizer: 'failed', why: 'MethodArn' }]);
});

describe('of hundreds of groups', () => {
  const groups = (name: string, count: number) => Array.from({ length: count }, (_, n) => `${name}-${n}`);

  test('those that no grant names are left out', async () => {
    const { context } = await asked(`Bearer ${await token({ groups: [...groups('sales', 500), 'etl'] })}`);
    expect(JSON.parse(String(context?.[CLAIMS_MEMBER]))).toMatchObject({ groups: ['etl'] });
  });

  test('more than API Gateway hands on are an error that says so, and no cut list', async () => {
    const sizes: number[] = [];
    for (let count = 500; count <= 620; count += 10) {
      const result = await asked(`Bearer ${await token({ sub: 'jo', groups: groups('data', count) })}`).catch(
        (error: Error) => void expect(error.message).toContain('fewer of the groups'),
      );
      if (result) sizes.push(JSON.stringify(result).length);
    }
    expect(Math.max(...sizes)).toBeLessThanOrEqual(LONGEST_ANSWER);
    expect(Math.max(...sizes)).toBeGreaterThan(LONGEST_ANSWER - 200);
    expect(lines().at(0)).toMatchObject({ authorizer: 'allowed' });
    expect(lines().at(-1)).toMatchObject({ authorizer: 'failed', why: 'ClaimsTooLong', subject: 'jo' });
  });
});

test('nothing of a token is in the log, nor in what is thrown, which Lambda logs', async () => {
  const texts = [
    await token(),
    await token({ sub: 'jo', groups: ['football'] }),
    await token({ exp: 1 }),
    await token({ org: 'a-secret-claim' }),
    await token({ aud: 'a-secret-claim' }),
    await token({}, { kid: 'a-secret-kid' }),
    await token({}, { kid: 'another-secret-kid' }),
    await token({}, {}, 'stranger'),
    (await token()).slice(0, -4),
    `${encoded({ alg: 'none', kid: 'one' })}.${encoded(good())}.AAAA`,
    await token({ sub: 'jo', groups: Array.from({ length: 700 }, (_, n) => `data-${n}`) }),
  ];
  const thrown: unknown[] = [];
  for (const text of texts) await asked(`Bearer ${text}`).catch((error) => thrown.push(error));
  await asked(`Bearer x${texts[0]}`).catch((error) => thrown.push(error));
  const broken = answer(() => Promise.reject(new TypeError(texts[0])), []);
  await broken({ type: 'TOKEN', authorizationToken: `Bearer ${texts[0]}`, methodArn: METHOD }).catch((error) =>
    thrown.push(error),
  );
  const everything = [...written, ...thrown.map((error) => inspect(error, { depth: 9, showHidden: true }))].join('\n');

  expect(thrown).toHaveLength(texts.length);
  expect(written).toHaveLength(texts.length + 2);
  for (const text of texts) for (const part of text.split('.')) expect(everything).not.toContain(part);
  for (const word of ['secret', 'sales', 'football', 'data-1']) expect(everything).not.toContain(word);
  for (const line of lines()) {
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
