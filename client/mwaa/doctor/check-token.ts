import { findOtherPurpose } from '../../../policy/token-purpose.ts';
import { parseJsonObject } from '../../library/parse-json.ts';
import { SETTING_VARIABLES } from '../../setting-variables.ts';
import { stringOrEmpty } from './api-response.ts';

/** The issuer and the audiences that an API accepts, if it publishes them. */
export interface TokenExpectations {
  readonly issuer?: string;
  readonly audience?: readonly string[];
}

/** Reads what tokens the API accepts from its problem `not-authenticated`. */
export function readTokenExpectations({ issuer, audience }: Readonly<Record<string, unknown>>): TokenExpectations {
  return {
    ...(typeof issuer === 'string' && { issuer }),
    ...(Array.isArray(audience) && { audience: audience.map(String) }),
  };
}

/** The content of a token. Its signature is not checked. */
export interface DecodedToken {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

const RENEW_TOKEN_REMEDY = `get a new one (the command in ${SETTING_VARIABLES.tokenCommand} runs for each request)`;

interface TokenCheck {
  fails(token: DecodedToken, now: number, expected: TokenExpectations): boolean;
  /** Completes "The token …". */
  remedy(token: DecodedToken, now: number, expected: TokenExpectations): string;
}

/** The checks of the authorizer (`docs/oidc.md`) that need only the token itself. */
const TOKEN_CHECKS: readonly TokenCheck[] = [
  {
    fails: ({ header }) => !/^((RS|ES)(256|384|512)|EdDSA)$/.test(stringOrEmpty(header.alg)),
    remedy: ({ header }) =>
      `is signed with ${formatClaim(header.alg)}, which the authorizer does not accept: configure the issuer to use RS256 or ES256`,
  },
  {
    fails: ({ header }) => stringOrEmpty(header.kid) === '',
    remedy: () => 'has no key id (kid): configure the issuer to add it to the header',
  },
  {
    fails: ({ header, claims }) => findOtherPurpose(header, claims) !== undefined,
    remedy: ({ header, claims }) =>
      `was not issued to authorize requests, as ${findOtherPurpose(header, claims)} shows: request an access token from the issuer`,
  },
  {
    fails: ({ claims }) => stringOrEmpty(claims.sub) === '',
    remedy: () => 'has no subject (sub), so it names no caller: configure the issuer to add it',
  },
  {
    fails: ({ claims }) => typeof claims.exp !== 'number',
    remedy: () => 'has no expiration time (exp): configure the issuer to add it',
  },
  {
    fails: ({ claims }, now) => Number(claims.exp) * 1000 <= now,
    remedy: ({ claims }, now) =>
      `expired at ${formatClaimTime(claims.exp)}, and it is now ${formatClaimTime(now / 1000)}: ${RENEW_TOKEN_REMEDY}`,
  },
  {
    fails: ({ claims }, now) => Number(claims.nbf ?? 0) * 1000 > now,
    remedy: ({ claims }, now) =>
      `is not valid before ${formatClaimTime(claims.nbf)} (nbf), and it is now ${formatClaimTime(now / 1000)}: ` +
      'correct the clock of the issuer, or wait',
  },
  {
    fails: ({ claims }, _now, { issuer }) => issuer !== undefined && claims.iss !== issuer,
    remedy: ({ claims }, _now, { issuer }) =>
      `has the issuer ${formatClaim(claims.iss)}, but this API trusts exactly ${issuer}: get a token from that issuer, or ask for ` +
      'api.oidc.issuer to be changed',
  },
  {
    fails: ({ claims }, _now, { audience }) =>
      audience !== undefined && !getAudiences(claims).some((candidate) => audience.includes(candidate)),
    remedy: ({ claims }, _now, { audience }) =>
      `has the audience ${getAudiences(claims).join(', ') || '(none)'}, but this API requires ${audience?.join(' or ')}: request ` +
      'that audience from the issuer, or ask for api.oidc.audience to be changed',
  },
];

/**
 * Decodes a token and checks it as far as possible without a request.
 *
 * @param now milliseconds since the epoch, by the clock of the API
 * @throws Error with a remedy
 */
export function checkToken(text: string, now: number, expected: TokenExpectations): DecodedToken {
  const token = decodeToken(text);
  const failed = TOKEN_CHECKS.find(({ fails }) => fails(token, now, expected));
  if (failed) throw new Error(`The token ${failed.remedy(token, now, expected)}.`);
  return token;
}

function decodeToken(text: string): DecodedToken {
  const createError = (finding: string) => new Error(`The token ${finding}. It was read from ${TOKEN_SOURCES}.`);
  if (text === '') throw createError('is empty: check the program that writes it');
  if (/^bearer /i.test(text)) throw createError('starts with "Bearer": remove that word');
  if (/\s/.test(text)) throw createError('contains spaces or line breaks: remove them');
  const [header, claims, ...others] = text.split('.').map(decodeTokenPart);
  if (header === undefined || claims === undefined || others.length !== 1) {
    throw createError(
      'is not a JSON Web Token of three parts: request one from the issuer, with the audience of this API',
    );
  }
  return { header, claims };
}

const TOKEN_SOURCES = `${SETTING_VARIABLES.token}, ${SETTING_VARIABLES.tokenFile} or ${SETTING_VARIABLES.tokenCommand}`;

const decodeTokenPart = (part: string): Readonly<Record<string, unknown>> | undefined =>
  parseJsonObject(Buffer.from(part, 'base64url').toString('utf8'));

/** The main claims of a token, and only the names of the others. Printed to the terminal of the token's owner. */
export function describeToken({ claims }: DecodedToken): string {
  const { iss, sub, aud, exp, ...others } = claims;
  const names = Object.keys(others).filter((name) => !['iat', 'nbf', 'jti'].includes(name));
  return (
    `subject ${formatClaim(sub)}, issuer ${formatClaim(iss)}, audience ${getAudiences({ aud }).join(', ') || 'none'}, ` +
    `expires ${formatClaimTime(exp)}, other claims: ${names.join(', ') || 'none'}`
  );
}

const getAudiences = ({ aud }: DecodedToken['claims']): string[] => [aud ?? []].flat().map(String);
const formatClaim = (value: unknown): string => (value === undefined ? 'none' : JSON.stringify(value).slice(0, 200));
const formatClaimTime = (seconds: unknown): string => {
  const time = new Date(Number(seconds) * 1000);
  return Number.isNaN(time.getTime()) ? formatClaim(seconds) : time.toISOString().replace(/\.\d+Z$/, 'Z');
};
