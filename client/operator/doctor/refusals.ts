import { VARIABLES } from '../../settings.ts';
import { pathAdvice } from './api-address.ts';
import type { ApiAnswer } from './api-answer.ts';
import { RENEW } from './aws-credentials.ts';
import { SET_THE_CLOCK } from './clock.ts';
import { functionAdvice } from './function-answer.ts';
import { expectedIn } from './oidc-token.ts';

/** The step that a refused request failed at. */
export type RefusedStep = 'path' | 'authentication' | 'permission' | 'environment';

/** Who asked, and where. */
export interface Asker {
  readonly url: string;
  /** Which credentials, or what the token says, in words. */
  readonly as: string;
  /** Of the signature. Undefined: requests carry a token. */
  readonly region: string | undefined;
}

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

/** What the caller's account or the API's owner must allow. */
function notAuthorized(says: string, { as, region }: Asker): string {
  const deny = /with an explicit deny/i.test(says);
  const policy = /explicit deny in an? ([\w -]+?(?:policy|boundary))/i.exec(says)?.[1];
  if (region === undefined && !/User: anonymous/.test(says)) {
    return (
      `The token is good, and no grant names its caller (${as}): add who: "oidc:sub=…", or another claim of the token, to a grant and ` +
      'deploy. The answer to a token that was seen before may be kept for a minute (api.oidc.cacheSeconds).'
    );
  }
  const [, user = 'the caller', resource = ''] = /User: (\S+) .*on resource: (\S+)/.exec(says) ?? [];
  const [, , , , account = ''] = user.split(':');
  const [, , , , owner = ''] = resource.split(':');
  const isForeign = account !== '' && !account.endsWith(owner.slice(-4));
  const stage = resource.split('/').slice(0, 2).join('/');
  if (deny && policy !== undefined && !/resource/.test(policy)) {
    return `${user} is denied by a policy of its own side (${policy}): take execute-api:Invoke on ${stage}/* out of that.`;
  }
  if (deny && isForeign) {
    return (
      `The API's resource policy does not let the account ${account} in; the API is in the account ${owner}. Use credentials of an account ` +
      `that it lets in (now: ${user}, ${as}), or have ${account} added to api.callers.`
    );
  }
  if (deny) {
    return (
      `The API's resource policy does not let ${user} in (${as}). If that is the wrong role or account, use other credentials ` +
      '(AWS_PROFILE). Else have it named in api.callers, or in a grant where that is left out; of a private API, come through one of its ' +
      'endpoints. A deny in a policy of your own side looks the same.'
    );
  }
  const also = isForeign
    ? ` The API is in the account ${owner}, so its resource policy must let ${account} in too (api.callers).`
    : '';
  return `No identity policy of ${user} allows execute-api:Invoke on the API: add an Allow on ${stage}/* to it.${also}`;
}

const cut = (text: string): string => text.slice(0, 200);
