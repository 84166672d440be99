import { VARIABLES } from '../../settings.ts';
import { pathAdvice } from './api-address.ts';
import type { ApiAnswer } from './api-answer.ts';
import { RENEW } from './aws-credentials.ts';
import { SET_THE_CLOCK } from './clock.ts';
import { functionAdvice } from './function-answer.ts';
import { type Asker, notAuthorized } from './not-authorized.ts';
import { expectedIn } from './oidc-token.ts';

/** The step that a refused request failed at. */
export type RefusedStep = 'path' | 'authentication' | 'permission' | 'environment';

export interface Refused {
  readonly step: RefusedStep;
  readonly detail: string;
}

interface Known {
  readonly step: RefusedStep;
  /** Of what API Gateway says, or of the problem's code. */
  readonly when: RegExp;
  mend(says: string, asker: Asker, answer: ApiAnswer): string;
}

/**
 * By what API Gateway says of a request that it refuses: its error type, then its message.
 *
 * Source: AWS re:Post, "How do I troubleshoot HTTP 403 errors from API Gateway?"; API Gateway developer guide, "Gateway response
 * types"; IAM User Guide, "Troubleshoot signed requests" and "Troubleshoot access denied error messages". The wording of messages
 * is seen, not promised: what is matched is short.
 */
const KNOWN: readonly Known[] = [
  {
    step: 'path',
    when: /Missing ?Authentication ?Token|carries no AWS Signature/i,
    mend: (_, { url }) =>
      `The API has no /environments behind this address, or something on the way takes the header Authorization out. ${pathAdvice(url)}`,
  },
  {
    step: 'authentication',
    when: /Signature expired|not yet current/i,
    mend: (says) =>
      `AWS takes the signature's time for wrong (${cut(says)}): this machine's clock is off. Set it: ${SET_THE_CLOCK}.`,
  },
  {
    step: 'authentication',
    when: /scoped to a valid region/i,
    mend: (_, { region }) =>
      `The request is signed for the region ${region}, and the API is in another: set ${VARIABLES.region} (or region in the profile) ` +
      'to the region of the API.',
  },
  {
    step: 'authentication',
    when: /ExpiredToken|token included in the request is expired/i,
    mend: (_, { as }) => `The AWS credentials have expired (${as}): ${RENEW}.`,
  },
  {
    step: 'authentication',
    when: /UnrecognizedClient|InvalidClientTokenId|token included in the request is invalid/i,
    mend: (_, { as }) =>
      `AWS does not know these credentials (${as}): the access key is deleted, inactive or mistyped, or its session token is ` +
      "another one's. Get new ones. Those of another partition (China, GovCloud) are never known here.",
  },
  {
    step: 'authentication',
    when: /signature .*does not match|SignatureDoesNotMatch/i,
    mend: (_, { as }) =>
      `The signature is not the one of these credentials (${as}): the secret access key is not this access key's, so copy both again; ` +
      'or something on the way changes the request.',
  },
  {
    step: 'authentication',
    when: /IncompleteSignature|InvalidSignature/i,
    mend: (says) => `AWS cannot read the signature (${cut(says)}): something on the way changes the request's headers.`,
  },
  {
    step: 'authentication',
    when: /^not-authenticated$/,
    mend: (_, { as }, { body }) =>
      `The authoriser does not take this token (${as}). ${
        expectedIn(body).issuer === undefined
          ? 'Its issuer and audience must be those of api.oidc, to the letter. Else one'
          : 'Issuer and audience are right, so one'
      } of its claims is missing or another than api.oidc.requiredClaims demands, or its signature is not of a key that the issuer ` +
      'publishes. The log of the authoriser says which, under "why" (docs/oidc.md).',
  },
  {
    step: 'authentication',
    when: /^authorizer-failed$/,
    mend: () =>
      "The authoriser could not check the token: most often the issuer's keys (api.oidc.jwksUri) cannot be read by it, over the " +
      'internet. Its log says why (docs/oidc.md).',
  },
  { step: 'permission', when: /is not authorized to/i, mend: notAuthorized },
  {
    step: 'permission',
    when: /web ACL|WAF_FILTERED/i,
    mend: () =>
      'A web ACL before the API (AWS WAF) blocks the request: its owner finds the rule in its log, and lets your address in.',
  },
  {
    step: 'permission',
    when: /^(throttled|quota-exceeded)$/,
    mend: () =>
      'The API lets no more requests through: wait, or have its owner raise api.throttling or the quota. Where it stays so, the stage is ' +
      'switched off by a limit of 0.',
  },
];

/** At which step a request failed that was made with credentials, and what to change; undefined for one that did not. */
export function refusalIn(answer: ApiAnswer, asker: Asker): Refused | undefined {
  const { status, code = '', says, text } = answer;
  if (status === 200) return undefined;
  const known = KNOWN.find(({ when }) => when.test(says) || when.test(code));
  if (known) return { step: known.step, detail: known.mend(says, asker, answer) };
  if (status === 403) {
    return { step: 'permission', detail: `The API refuses the request (HTTP 403): ${(says || text).slice(0, 300)}` };
  }
  return { step: 'environment', detail: `The directory function: ${functionAdvice(answer)}` };
}

const cut = (text: string): string => text.slice(0, 200);
