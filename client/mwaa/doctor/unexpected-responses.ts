import { type ApiResponse, stringOrEmpty } from './api-response.ts';
import { getPathRemedy } from './validate-api-address.ts';

/** An address that was asked without signature or token, and who for. */
export interface UnsignedRequest {
  readonly url: string;
  /** Whether requests carry tokens. */
  readonly usesToken: boolean;
  /** Where its name led, as far as it was looked up. */
  readonly resolvedAddresses: string;
}

interface UnexpectedResponse {
  matches(answer: ApiResponse, asked: UnsignedRequest): boolean;
  remedy(answer: ApiResponse, asked: UnsignedRequest): string;
}

/** What answers in the place of the API, or at another of its paths. Who asks without signature or token is refused by the API itself. */
const UNEXPECTED_RESPONSES: readonly UnexpectedResponse[] = [
  {
    matches: ({ code }, { usesToken }) => usesToken && code === 'not-signed',
    remedy: (_, { url }) =>
      `The API has no paths for tokens here (/oidc). Either it takes none: unset MWAA_CLI_PROXY_TOKEN and its like and sign by AWS ` +
      `credentials, or have api.oidc configured (docs/oidc.md). Or the path is wrong. ${getPathRemedy(url)}`,
  },
  {
    matches: ({ code }, { usesToken }) => !usesToken && code === 'not-authenticated',
    remedy: (_, { url }) => `The address is that of the paths for tokens. ${getPathRemedy(url)}`,
  },
  // Any other problem of the proxy's is the API speaking.
  { matches: ({ code }) => code !== undefined, remedy: () => '' },
  {
    matches: ({ status, headers }) => status >= 300 && status < 400 && headers.has('location'),
    remedy: ({ headers }, { url }) => {
      const to = new URL(headers.get('location') ?? '', url);
      const secured = to.protocol === 'https:' && to.host === new URL(url).host;
      return secured
        ? 'It redirects to HTTPS: write https:// in MWAA_CLI_PROXY_URL.'
        : `It redirects to ${to.origin}, which the API never does: something on the way answers in its place, such as a sign-in page of ` +
            'the network (sign in) or a load balancer. Else the address is not that of the API.';
    },
  },
  {
    matches: ({ status, body }) => status === 403 && body.message === 'Forbidden',
    remedy: (_, { url, resolvedAddresses }) =>
      `API Gateway answers, and has no such stage at this name. ${getPathRemedy(url)} ${
        hasPrivateAddress(resolvedAddresses)
          ? `Here the name leads to ${resolvedAddresses}, an endpoint of the VPC, which leads to private APIs alone: a regional API is not ` +
            "reached through it. Use the API's own domain (api.domain), or switch private DNS off at the execute-api endpoint."
          : 'An API with a domain of its own (api.domain) is reached by that alone, and a private API through its VPC endpoint alone.'
      }`,
  },
  {
    matches: ({ body }) => body.message === 'Missing Authentication Token',
    remedy: () =>
      "Another API of API Gateway answers, and not the proxy's: compare the API's id with the address that the deployment printed.",
  },
  {
    matches: ({ headers, text }) =>
      /html/.test(headers.get('content-type') ?? '') || /^\s*<(!doctype|html)/i.test(text),
    remedy: ({ status, text }) =>
      `A page answers (HTTP ${status}${formatPageTitle(text)}), and not the API: a sign-in page or proxy of the network (sign in, or go around ` +
      'it), or the address is that of something else.',
  },
  {
    matches: () => true,
    remedy: ({ status, text }, { url }) =>
      `What answers (HTTP ${status}: ${text.slice(0, 80).replace(/\s+/g, ' ') || 'an empty body'}) is not the proxy's API. ${getPathRemedy(url)}`,
  },
];

/**
 * Looks whether an unsigned request was answered by the API.
 *
 * @throws Error that says what to change
 */
export function checkIsProxyApi(answer: ApiResponse, asked: UnsignedRequest): void {
  const mend = UNEXPECTED_RESPONSES.find(({ matches }) => matches(answer, asked))?.remedy(answer, asked);
  if (mend) throw new Error(mend);
}

const formatPageTitle = (text: string): string => {
  const title = /<title[^>]*>\s*([^<]{1,80})/i.exec(text)?.[1]?.trim();
  return title === undefined ? '' : `, "${stringOrEmpty(title)}"`;
};

const hasPrivateAddress = (addresses: string): boolean =>
  /(^|, )(10\.|172\.(1[6-9]|2\d|3[01])\.|192\.168\.|f[cd])/.test(addresses);
