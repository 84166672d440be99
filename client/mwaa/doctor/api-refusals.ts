import { SETTING_VARIABLES } from '../../settings.ts';
import { RENEW_CREDENTIALS_REMEDY } from '../check-credentials.ts';
import type { ApiResponse } from './api-response.ts';
import { SET_CLOCK_REMEDY } from './check-clock.ts';
import { readTokenExpectations } from './check-token.ts';
import { getFunctionRemedy } from './function-remedies.ts';
import { type CallerContext, getNotAuthorizedRemedy } from './not-authorized-remedy.ts';
import { getPathRemedy } from './validate-api-address.ts';

/** The step that a refused request failed at. */
export type RefusalStep = 'path' | 'authentication' | 'permission' | 'environment';

export interface ApiRefusal {
  readonly step: RefusalStep;
  readonly detail: string;
}

interface KnownRefusal {
  readonly step: RefusalStep;
  /** Of what API Gateway says, or of the problem's code. */
  readonly pattern: RegExp;
  remedy(says: string, asker: CallerContext, answer: ApiResponse): string;
}

/**
 * By what API Gateway says of a request that it refuses: its error type, then its message.
 *
 * Source: AWS re:Post, "How do I troubleshoot HTTP 403 errors from API Gateway?"; API Gateway developer guide, "Gateway response
 * types"; IAM User Guide, "Troubleshoot signed requests" and "Troubleshoot access denied error messages". The wording of messages
 * is seen, not promised: what is matched is short.
 */
const KNOWN_REFUSALS: readonly KnownRefusal[] = [
  {
    step: 'path',
    pattern: /Missing ?Authentication ?Token|carries no AWS Signature/i,
    remedy: (_, { url }) =>
      `The API has no /environments behind this address, or something on the way takes the header Authorization out. ${getPathRemedy(url)}`,
  },
  {
    step: 'authentication',
    pattern: /Signature expired|not yet current/i,
    remedy: (says) =>
      `AWS takes the signature's time for wrong (${truncate(says)}): this machine's clock is off. Set it: ${SET_CLOCK_REMEDY}.`,
  },
  {
    step: 'authentication',
    pattern: /scoped to a valid region/i,
    remedy: (_, { region }) =>
      `The request is signed for the region ${region}, and the API is in another: set ${SETTING_VARIABLES.region} (or region in the profile) ` +
      'to the region of the API.',
  },
  {
    step: 'authentication',
    pattern: /ExpiredToken|token included in the request is expired/i,
    remedy: (_, { description }) => `The AWS credentials have expired (${description}): ${RENEW_CREDENTIALS_REMEDY}.`,
  },
  {
    step: 'authentication',
    pattern: /UnrecognizedClient|InvalidClientTokenId|token included in the request is invalid/i,
    remedy: (_, { description }) =>
      `AWS does not know these credentials (${description}): the access key is deleted, inactive or mistyped, or its session token is ` +
      "another one's. Get new ones. Those of another partition (China, GovCloud) are never known here.",
  },
  {
    step: 'authentication',
    pattern: /signature .*does not match|SignatureDoesNotMatch/i,
    remedy: (_, { description }) =>
      `The signature is not the one of these credentials (${description}): the secret access key is not this access key's, so copy both again; ` +
      'or something on the way changes the request.',
  },
  {
    step: 'authentication',
    pattern: /IncompleteSignature|InvalidSignature/i,
    remedy: (says) =>
      `AWS cannot read the signature (${truncate(says)}): something on the way changes the request's headers.`,
  },
  {
    step: 'authentication',
    pattern: /^not-authenticated$/,
    remedy: (_, { description }, { body }) =>
      `The authorizer does not take this token (${description}). ${
        readTokenExpectations(body).issuer === undefined
          ? 'Its issuer and audience must be those of api.oidc, to the letter. Else one'
          : 'Issuer and audience are right, so one'
      } of its claims is missing or another than api.oidc.requiredClaims demands, or its signature is not of a key that the issuer ` +
      'publishes. The log of the authorizer says which, under "why" (docs/oidc.md).',
  },
  {
    step: 'authentication',
    pattern: /^authorizer-failed$/,
    remedy: () =>
      "The authorizer could not check the token: most often the issuer's keys (api.oidc.jwksUri) cannot be read by it, over the " +
      'internet. Its log says why (docs/oidc.md).',
  },
  { step: 'permission', pattern: /is not authorized to/i, remedy: getNotAuthorizedRemedy },
  {
    step: 'permission',
    pattern: /web ACL|WAF_FILTERED/i,
    remedy: () =>
      'A web ACL before the API (AWS WAF) blocks the request: its owner finds the rule in its log, and lets your address in.',
  },
  {
    step: 'permission',
    pattern: /^(throttled|quota-exceeded)$/,
    remedy: () =>
      'The API lets no more requests through: wait, or have its owner raise api.throttling or the quota. Where it stays so, the stage is ' +
      'switched off by a limit of 0.',
  },
];

/** At which step a request failed that was made with credentials, and what to change; undefined for one that did not. */
export function findApiRefusal(answer: ApiResponse, asker: CallerContext): ApiRefusal | undefined {
  const { status, code = '', errorText, text } = answer;
  if (status === 200) return undefined;
  const known = KNOWN_REFUSALS.find(({ pattern }) => pattern.test(errorText) || pattern.test(code));
  if (known) return { step: known.step, detail: known.remedy(errorText, asker, answer) };
  if (status === 403) {
    return {
      step: 'permission',
      detail: `The API refuses the request (HTTP 403): ${(errorText || text).slice(0, 300)}`,
    };
  }
  return { step: 'environment', detail: `The directory function: ${getFunctionRemedy(answer)}` };
}

const truncate = (text: string): string => text.slice(0, 200);
