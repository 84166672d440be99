import type { ApiResponse } from './api-response.ts';
import { getPathRemedy } from './validate-api-address.ts';

/** A request without a signature or a token, to find out whether the proxy's API is at the address. */
export interface UnsignedRequest {
  readonly url: string;
  /** Whether the caller's other requests carry tokens. */
  readonly usesToken: boolean;
  /** The addresses that the host name resolved to. */
  readonly resolvedAddresses: string;
}

interface UnexpectedResponse {
  matches(response: ApiResponse, request: UnsignedRequest): boolean;
  remedy(response: ApiResponse, request: UnsignedRequest): string;
}

/** Responses that show that this is not the address of the proxy's API, which rejects an unsigned request with a problem. */
const UNEXPECTED_RESPONSES: readonly UnexpectedResponse[] = [
  {
    matches: ({ code }, { usesToken }) => usesToken && code === 'not-signed',
    remedy: (_, { url }) =>
      'The API has no paths for tokens (/oidc). If it does not accept tokens, unset MWAA_CLI_PROXY_TOKEN, MWAA_CLI_PROXY_TOKEN_FILE ' +
      'and MWAA_CLI_PROXY_TOKEN_COMMAND to sign with AWS credentials, or request that api.oidc is configured (docs/oidc.md). ' +
      `Otherwise the path is wrong. ${getPathRemedy(url)}`,
  },
  {
    matches: ({ code }, { usesToken }) => !usesToken && code === 'not-authenticated',
    remedy: (_, { url }) =>
      `The address is for the paths that accept only tokens, but no token is set. ${getPathRemedy(url)}`,
  },
  // Any other problem is a response of the proxy's API.
  { matches: ({ code }) => code !== undefined, remedy: () => '' },
  {
    matches: ({ status, headers }) => status >= 300 && status < 400 && headers.has('location'),
    remedy: ({ headers }, { url }) => {
      const target = new URL(headers.get('location') ?? '', url);
      const isHttpsOfSameHost = target.protocol === 'https:' && target.host === new URL(url).host;
      return isHttpsOfSameHost
        ? 'It redirects to HTTPS: use https:// in MWAA_CLI_PROXY_URL.'
        : `It redirects to ${target.origin}, which the API never does. Another server answers in its place, such as a captive portal ` +
            '(sign in) or a load balancer, or the address is wrong.';
    },
  },
  {
    matches: ({ status, body }) => status === 403 && body.message === 'Forbidden',
    remedy: (_, { url, resolvedAddresses }) =>
      `API Gateway responds, but it has no such stage at this host name. ${getPathRemedy(url)} ${
        hasPrivateAddress(resolvedAddresses)
          ? `The host name resolves to ${resolvedAddresses}, a VPC endpoint, which serves only private APIs: a regional API cannot be ` +
            'reached through it. Use the custom domain of the API (api.domain), or turn off private DNS on the execute-api endpoint.'
          : 'An API with a custom domain (api.domain) can be reached only at that domain, and a private API only through its VPC endpoint.'
      }`,
  },
  {
    matches: ({ body }) => body.message === 'Missing Authentication Token',
    remedy: () =>
      'Another API of API Gateway responds: compare the id of the API in the address with the one that the deployment printed.',
  },
  {
    matches: ({ headers, text }) =>
      /html/.test(headers.get('content-type') ?? '') || /^\s*<(!doctype|html)/i.test(text),
    remedy: ({ status, text }) =>
      `The server returned an HTML page (HTTP ${status}${formatPageTitle(text)}). It is a captive portal or a network proxy (sign in, or ` +
      'bypass it), or the address is wrong.',
  },
  {
    matches: () => true,
    remedy: ({ status, text }, { url }) =>
      `The response (HTTP ${status}: ${text.slice(0, 80).replace(/\s+/g, ' ') || 'an empty body'}) is not from the proxy's API. ` +
      getPathRemedy(url),
  },
];

/**
 * Checks that the proxy's API responded to an unsigned request.
 *
 * @throws Error with a remedy
 */
export function checkIsProxyApi(response: ApiResponse, request: UnsignedRequest): void {
  const unexpected = UNEXPECTED_RESPONSES.find(({ matches }) => matches(response, request));
  const remedy = unexpected?.remedy(response, request);
  if (remedy) throw new Error(remedy);
}

const formatPageTitle = (text: string): string => {
  const title = /<title[^>]*>\s*([^<]{1,80})/i.exec(text)?.[1]?.trim();
  return title === undefined ? '' : `, "${title}"`;
};

const hasPrivateAddress = (addresses: string): boolean =>
  /(^|, )(10\.|172\.(1[6-9]|2\d|3[01])\.|192\.168\.|f[cd])/.test(addresses);
