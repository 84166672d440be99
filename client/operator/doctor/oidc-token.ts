import { VARIABLES } from '../../settings.ts';
import { textOf } from './api-answer.ts';

/** What an API says that it takes, where it says so. */
export interface Expected {
  readonly issuer?: string;
  readonly audience?: readonly string[];
}

/** What the API tells of the tokens it takes when it refuses one: members of the problem `not-authenticated`. */
export function expectedIn({ issuer, audience }: Readonly<Record<string, unknown>>): Expected {
  return {
    ...(typeof issuer === 'string' && { issuer }),
    ...(Array.isArray(audience) && { audience: audience.map(String) }),
  };
}

/** What stands in a token. Nothing here checks its signature. */
export interface TokenParts {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

const ASK_FOR_A_NEW_ONE = `get a new one (${VARIABLES.tokenCommand} asks for one each time)`;

interface Check {
  fails(parts: TokenParts, now: number, expected: Expected): boolean;
  mend(parts: TokenParts, now: number, expected: Expected): string;
}

/** What the authoriser checks (`docs/oidc.md`) and can be seen here. */
const CHECKS: readonly Check[] = [
  {
    fails: ({ header }) => !/^((RS|ES)(256|384|512)|EdDSA)$/.test(textOf(header.alg)),
    mend: ({ header }) =>
      `is signed by ${shown(header.alg)}, which the authoriser does not take: have the issuer sign by RS256 or ES256`,
  },
  {
    fails: ({ header }) => textOf(header.kid) === '',
    mend: () => 'does not name its key (kid): have the issuer write it into the header',
  },
  {
    fails: ({ claims }) => textOf(claims.sub) === '',
    mend: () => 'has no subject (sub), and so names no caller: have the issuer write it',
  },
  {
    fails: ({ claims }) => typeof claims.exp !== 'number',
    mend: () => 'does not say when it expires (exp): have the issuer write it',
  },
  {
    fails: ({ claims }, now) => Number(claims.exp) * 1000 <= now,
    mend: ({ claims }, now) =>
      `expired at ${timeOf(claims.exp)}, and it is ${timeOf(now / 1000)}: ${ASK_FOR_A_NEW_ONE}`,
  },
  {
    fails: ({ claims }, now) => Number(claims.nbf ?? 0) * 1000 > now,
    mend: ({ claims }, now) =>
      `is not valid before ${timeOf(claims.nbf)} (nbf), and it is ${timeOf(now / 1000)}: set the clock of whoever issues it, or wait`,
  },
  {
    fails: ({ claims }, _now, { issuer }) => issuer !== undefined && claims.iss !== issuer,
    mend: ({ claims }, _now, { issuer }) =>
      `is of the issuer ${shown(claims.iss)}, and this API trusts ${issuer}, to the letter: ask that one, or have api.oidc.issuer set`,
  },
  {
    fails: ({ claims }, _now, { audience }) =>
      audience !== undefined && !audiences(claims).some((one) => audience.includes(one)),
    mend: ({ claims }, _now, { audience }) =>
      `is for the audience ${audiences(claims).join(', ') || 'of nobody'}, and this API wants ${audience?.join(' or ')}: ask the ` +
      'issuer for that audience, or have api.oidc.audience set',
  },
];

/**
 * Reads a token, and checks what can be seen of it.
 *
 * @param now milliseconds since the epoch, by the clock of those who will check it
 * @throws Error that says what to change
 */
export function checkToken(token: string, now: number, expected: Expected): TokenParts {
  const parts = read(token);
  const failed = CHECKS.find(({ fails }) => fails(parts, now, expected));
  if (failed) throw new Error(`The token ${failed.mend(parts, now, expected)}.`);
  return parts;
}

function read(token: string): TokenParts {
  const fault = (what: string) => new Error(`The token ${what}. It comes from ${SOURCES}.`);
  if (token === '') throw fault('is empty: see what should have written it');
  if (/^bearer /i.test(token)) throw fault('begins with "Bearer": leave that out');
  if (/\s/.test(token)) throw fault('has spaces or line breaks in it: take them out');
  const [header, claims, ...more] = token.split('.').map(objectIn);
  if (header === undefined || claims === undefined || more.length !== 1) {
    throw fault('is no JSON Web Token of three parts: ask the issuer for one, with the audience of this API');
  }
  return { header, claims };
}

const SOURCES = [VARIABLES.token, VARIABLES.tokenFile, VARIABLES.tokenCommand].join(', ').replace(/, (?=\S+$)/, ' or ');

function objectIn(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** What a token says, for people: it goes to its owner's own terminal. Of further claims the names alone. */
export function inWords({ claims }: TokenParts): string {
  const { iss, sub, aud, exp, ...others } = claims;
  const more = Object.keys(others).filter((name) => !['iat', 'nbf', 'jti'].includes(name));
  return (
    `subject ${shown(sub)}, issuer ${shown(iss)}, audience ${audiences({ aud }).join(', ') || 'none'}, expires ${timeOf(exp)}, ` +
    `other claims: ${more.join(', ') || 'none'}`
  );
}

const audiences = ({ aud }: TokenParts['claims']): string[] => [aud ?? []].flat().map(String);
const shown = (value: unknown): string => (value === undefined ? 'none' : JSON.stringify(value).slice(0, 200));
const timeOf = (seconds: unknown): string => {
  const time = new Date(Number(seconds) * 1000);
  return Number.isNaN(time.getTime()) ? shown(seconds) : time.toISOString().replace(/\.\d+Z$/, 'Z');
};
