/** A test issuer: its authorizer file, its keys, and valid tokens whose claims and header a test can change. */
import { CompactSign, exportJWK, generateKeyPair, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose';
import type { AuthorizerFile } from '../../../config/authorizer-file.ts';

export const AUTHORIZER_FILE: AuthorizerFile = {
  issuer: 'https://id.example.com',
  audience: ['mwaa-cli-proxy', 'another'],
  jwksUri: 'https://id.example.com/jwks.json',
  requiredClaims: { org: ['data', 'ops', '7'] },
  who: ['oidc:sub=repo:acme/*', 'oidc:groups=etl', 'oidc:groups=data-*'],
};

/** The clock of every test, in seconds since the epoch. It is in the past, so code that reads the machine's clock fails. */
export const NOW = Date.parse('2020-02-29T12:00:00Z') / 1000;

const ec = await Promise.all([1, 2, 3].map(() => generateKeyPair('ES256')));
const [rsa, ed] = await Promise.all([generateKeyPair('RS256'), generateKeyPair('EdDSA')]);
export const KEY_PAIRS = { one: ec[0]!, two: ec[1]!, stranger: ec[2]!, rsa, ed };

export const exportPublicJwk = async (name: keyof typeof KEY_PAIRS) => ({
  ...(await exportJWK(KEY_PAIRS[name].publicKey)),
  kid: name,
  use: 'sig',
});

export const createValidClaims = (): JWTPayload => ({
  iss: AUTHORIZER_FILE.issuer,
  aud: 'mwaa-cli-proxy',
  sub: 'repo:acme/etl',
  org: 'data',
  groups: ['etl', 'sales'],
  iat: NOW - 10,
  exp: NOW + 300,
});

/** A valid token of the issuer with changed claims. A claim that is `undefined` is left out. */
export function signToken(
  changedClaims: Record<string, unknown> = {},
  header: Partial<JWTHeaderParameters> = {},
  signer: keyof typeof KEY_PAIRS = 'one',
): Promise<string> {
  const claims = Object.fromEntries(
    Object.entries({ ...createValidClaims(), ...changedClaims }).filter(([, value]) => value !== undefined),
  );
  const signing = new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'one', ...header });
  return signing.sign(KEY_PAIRS[signer].privateKey, { crit: { 'urn:example': true } });
}

/** A valid token whose claims end with this text, which may be JSON that `JSON.stringify` would not write. */
export function signTokenText(members: string, header: object = {}): Promise<string> {
  const { iss, aud, sub, exp } = createValidClaims();
  const known = Object.entries({ iss, aud, sub, exp }).flatMap(([name, value]) =>
    members.startsWith(`"${name}"`) ? [] : `${JSON.stringify(name)}:${JSON.stringify(value)}`,
  );
  const payload = new TextEncoder().encode(`{${[...known, members].join(',')}}`);
  return new CompactSign(payload)
    .setProtectedHeader({ alg: 'ES256', kid: 'one', ...header })
    .sign(KEY_PAIRS.one.privateKey);
}

export const encodeBase64Url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A fetcher that returns the given body and counts its calls. */
export function createFakeIssuer(body: () => string) {
  const issuer = {
    fetched: 0,
    fetch: async () => {
      issuer.fetched += 1;
      return new TextEncoder().encode(body()).buffer;
    },
  };
  return issuer;
}
