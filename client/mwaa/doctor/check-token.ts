import { SETTING_VARIABLES } from '../../settings.ts';
import { stringOrEmpty } from './api-response.ts';

/** What an API says that it takes, where it says so. */
export interface TokenExpectations {
  readonly issuer?: string;
  readonly audience?: readonly string[];
}

/** What the API tells of the tokens it takes when it refuses one: members of the problem `not-authenticated`. */
export function readTokenExpectations({ issuer, audience }: Readonly<Record<string, unknown>>): TokenExpectations {
  return {
    ...(typeof issuer === 'string' && { issuer }),
    ...(Array.isArray(audience) && { audience: audience.map(String) }),
  };
}

/** What stands in a token. Nothing here checks its signature. */
export interface DecodedToken {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

const RENEW_TOKEN_REMEDY = `get a new one (${SETTING_VARIABLES.tokenCommand} asks for one each time)`;

interface TokenCheck {
  fails(parts: DecodedToken, now: number, expected: TokenExpectations): boolean;
  remedy(parts: DecodedToken, now: number, expected: TokenExpectations): string;
}

/** What the authorizer checks (`docs/oidc.md`) and can be seen here. */
const TOKEN_CHECKS: readonly TokenCheck[] = [
  {
    fails: ({ header }) => !/^((RS|ES)(256|384|512)|EdDSA)$/.test(stringOrEmpty(header.alg)),
    remedy: ({ header }) =>
      `is signed by ${formatClaim(header.alg)}, which the authorizer does not take: have the issuer sign by RS256 or ES256`,
  },
  {
    fails: ({ header }) => stringOrEmpty(header.kid) === '',
    remedy: () => 'does not name its key (kid): have the issuer write it into the header',
  },
  {
    fails: ({ claims }) => stringOrEmpty(claims.sub) === '',
    remedy: () => 'has no subject (sub), and so names no caller: have the issuer write it',
  },
  {
    fails: ({ claims }) => typeof claims.exp !== 'number',
    remedy: () => 'does not say when it expires (exp): have the issuer write it',
  },
  {
    fails: ({ claims }, now) => Number(claims.exp) * 1000 <= now,
    remedy: ({ claims }, now) =>
      `expired at ${formatClaimTime(claims.exp)}, and it is ${formatClaimTime(now / 1000)}: ${RENEW_TOKEN_REMEDY}`,
  },
  {
    fails: ({ claims }, now) => Number(claims.nbf ?? 0) * 1000 > now,
    remedy: ({ claims }, now) =>
      `is not valid before ${formatClaimTime(claims.nbf)} (nbf), and it is ${formatClaimTime(now / 1000)}: set the clock of whoever issues it, or wait`,
  },
  {
    fails: ({ claims }, _now, { issuer }) => issuer !== undefined && claims.iss !== issuer,
    remedy: ({ claims }, _now, { issuer }) =>
      `is of the issuer ${formatClaim(claims.iss)}, and this API trusts ${issuer}, to the letter: ask that one, or have api.oidc.issuer set`,
  },
  {
    fails: ({ claims }, _now, { audience }) =>
      audience !== undefined && !getAudiences(claims).some((one) => audience.includes(one)),
    remedy: ({ claims }, _now, { audience }) =>
      `is for the audience ${getAudiences(claims).join(', ') || 'of nobody'}, and this API wants ${audience?.join(' or ')}: ask the ` +
      'issuer for that audience, or have api.oidc.audience set',
  },
];

/**
 * Reads a token, and checks what can be seen of it.
 *
 * @param now milliseconds since the epoch, by the clock of those who will check it
 * @throws Error that says what to change
 */
export function checkToken(token: string, now: number, expected: TokenExpectations): DecodedToken {
  const parts = decodeToken(token);
  const failed = TOKEN_CHECKS.find(({ fails }) => fails(parts, now, expected));
  if (failed) throw new Error(`The token ${failed.remedy(parts, now, expected)}.`);
  return parts;
}

function decodeToken(token: string): DecodedToken {
  const fault = (what: string) => new Error(`The token ${what}. It comes from ${TOKEN_SOURCES}.`);
  if (token === '') throw fault('is empty: see what should have written it');
  if (/^bearer /i.test(token)) throw fault('begins with "Bearer": leave that out');
  if (/\s/.test(token)) throw fault('has spaces or line breaks in it: take them out');
  const [header, claims, ...more] = token.split('.').map(parseTokenPart);
  if (header === undefined || claims === undefined || more.length !== 1) {
    throw fault('is no JSON Web Token of three parts: ask the issuer for one, with the audience of this API');
  }
  return { header, claims };
}

const TOKEN_SOURCES = [SETTING_VARIABLES.token, SETTING_VARIABLES.tokenFile, SETTING_VARIABLES.tokenCommand]
  .join(', ')
  .replace(/, (?=\S+$)/, ' or ');

function parseTokenPart(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** What a token says, for people: it goes to its owner's own terminal. Of further claims the names alone. */
export function describeToken({ claims }: DecodedToken): string {
  const { iss, sub, aud, exp, ...others } = claims;
  const more = Object.keys(others).filter((name) => !['iat', 'nbf', 'jti'].includes(name));
  return (
    `subject ${formatClaim(sub)}, issuer ${formatClaim(iss)}, audience ${getAudiences({ aud }).join(', ') || 'none'}, expires ${formatClaimTime(exp)}, ` +
    `other claims: ${more.join(', ') || 'none'}`
  );
}

const getAudiences = ({ aud }: DecodedToken['claims']): string[] => [aud ?? []].flat().map(String);
const formatClaim = (value: unknown): string => (value === undefined ? 'none' : JSON.stringify(value).slice(0, 200));
const formatClaimTime = (seconds: unknown): string => {
  const time = new Date(Number(seconds) * 1000);
  return Number.isNaN(time.getTime()) ? formatClaim(seconds) : time.toISOString().replace(/\.\d+Z$/, 'Z');
};
