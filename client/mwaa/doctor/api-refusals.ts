import { SETTING_VARIABLES } from '../../setting-variables.ts';
import { RENEW_CREDENTIALS_REMEDY } from '../check-credentials.ts';
import type { ApiResponse } from './api-response.ts';
import { SET_CLOCK_REMEDY } from './check-clock.ts';
import { readTokenExpectations } from './check-token.ts';
import { getFunctionRemedy } from './function-remedies.ts';
import { type CallerContext, getNotAuthorizedRemedy } from './not-authorized-remedy.ts';
import { getPathRemedy } from './validate-api-address.ts';

/** The step at which a request was rejected. */
export type RefusalStep = 'path' | 'authentication' | 'permission' | 'environment';

export interface ApiRefusal {
  readonly step: RefusalStep;
  /** The cause and the remedy. */
  readonly detail: string;
}

interface KnownRefusal {
  readonly step: RefusalStep;
  /** Matched against API Gateway's error text and against the problem code. */
  readonly pattern: RegExp;
  remedy(errorText: string, caller: CallerContext, response: ApiResponse): string;
}

/**
 * Refusals by API Gateway's error type and message, or by the problem code.
 *
 * Source: AWS re:Post, "How do I troubleshoot HTTP 403 errors from API Gateway?"; API Gateway developer guide, "Gateway response
 * types"; IAM User Guide, "Troubleshoot signed requests" and "Troubleshoot access denied error messages". AWS does not guarantee
 * the wording of messages, so the patterns are short.
 */
const KNOWN_REFUSALS: readonly KnownRefusal[] = [
  {
    step: 'path',
    pattern: /Missing ?Authentication ?Token|carries no AWS Signature/i,
    remedy: (_, { url }) =>
      `The API has no /environments at this address, or a proxy removes the Authorization header. ${getPathRemedy(url)}`,
  },
  {
    step: 'authentication',
    pattern: /Signature expired|not yet current/i,
    remedy: (errorText) =>
      `AWS rejects the time of the signature (${truncate(errorText)}). The clock of this machine is wrong: ${SET_CLOCK_REMEDY}.`,
  },
  {
    step: 'authentication',
    pattern: /scoped to a valid region/i,
    remedy: (_, { region }) =>
      `The request is signed for the region ${region}, but the API is in another region: set ${SETTING_VARIABLES.region} ` +
      '(or region in the profile) to the region of the API.',
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
      `AWS does not recognize these credentials (${description}): the access key is deleted, inactive or mistyped, or the session ` +
      'token belongs to another key. Get new credentials. Credentials of another partition (China, GovCloud) are not valid here.',
  },
  {
    step: 'authentication',
    pattern: /signature .*does not match|SignatureDoesNotMatch/i,
    remedy: (_, { description }) =>
      `The signature does not match these credentials (${description}): the secret access key does not belong to this access key, ` +
      'so copy both again; or a proxy modifies the request.',
  },
  {
    step: 'authentication',
    pattern: /IncompleteSignature|InvalidSignature/i,
    remedy: (errorText) =>
      `AWS cannot parse the signature (${truncate(errorText)}): a proxy probably modifies the headers of the request.`,
  },
  {
    step: 'authentication',
    pattern: /^not-authenticated$/,
    remedy: (_, { description }, { body }) =>
      `The authorizer rejects this token (${description}). ${
        readTokenExpectations(body).issuer === undefined
          ? 'Its issuer and audience must match api.oidc exactly. If they do, a'
          : 'Issuer and audience are correct, so a'
      } claim is missing or does not match api.oidc.requiredClaims, or the token is not signed with a key that the issuer ` +
      'publishes. The log of the authorizer has the reason in the member "why" (docs/oidc.md).',
  },
  {
    step: 'authentication',
    pattern: /^authorizer-failed$/,
    remedy: () =>
      "The authorizer could not check the token, most often because it cannot fetch the issuer's keys (api.oidc.jwksUri) over the " +
      'internet. Its log has the reason (docs/oidc.md).',
  },
  { step: 'permission', pattern: /is not authorized to/i, remedy: getNotAuthorizedRemedy },
  {
    step: 'permission',
    pattern: /web ACL|WAF_FILTERED/i,
    remedy: () =>
      'The web ACL of the API (AWS WAF) blocks the request: ask its owner to find the rule in its log and to allow your address.',
  },
  {
    step: 'permission',
    pattern: /^(throttled|quota-exceeded)$/,
    remedy: () =>
      'The API is throttling requests: wait, or ask its owner to raise api.throttling or the quota. If it never stops, the stage is ' +
      'switched off by a limit of 0.',
  },
];

/** Returns the step at which the API rejected an authenticated request, and the remedy. Undefined for a successful response. */
export function findApiRefusal(response: ApiResponse, caller: CallerContext): ApiRefusal | undefined {
  const { status, code = '', errorText, text } = response;
  if (status === 200) return undefined;
  const known = KNOWN_REFUSALS.find(({ pattern }) => pattern.test(errorText) || pattern.test(code));
  if (known) return { step: known.step, detail: known.remedy(errorText, caller, response) };
  if (status === 403) {
    return {
      step: 'permission',
      detail: `The API rejected the request (HTTP 403): ${(errorText || text).slice(0, 300)}`,
    };
  }
  return { step: 'environment', detail: `The request to the front function failed. ${getFunctionRemedy(response)}` };
}

const truncate = (text: string): string => text.slice(0, 200);
