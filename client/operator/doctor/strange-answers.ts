import { pathAdvice } from './api-address.ts';
import { type ApiAnswer, textOf } from './api-answer.ts';

/** An address that was asked without signature or token, and who for. */
export interface Asked {
  readonly url: string;
  /** Whether requests carry tokens. */
  readonly byToken: boolean;
  /** Where its name led, as far as it was looked up. */
  readonly addresses: string;
}

interface Strange {
  is(answer: ApiAnswer, asked: Asked): boolean;
  mend(answer: ApiAnswer, asked: Asked): string;
}

/** What answers in the place of the API, or at another of its paths. Who asks without signature or token is refused by the API itself. */
const STRANGE: readonly Strange[] = [
  {
    is: ({ code }, { byToken }) => byToken && code === 'not-signed',
    mend: (_, { url }) =>
      `The API has no paths for tokens here (/oidc). Either it takes none: unset MWAA_CLI_PROXY_TOKEN and its like and sign by AWS ` +
      `credentials, or have api.oidc configured (docs/oidc.md). Or the path is wrong. ${pathAdvice(url)}`,
  },
  {
    is: ({ code }, { byToken }) => !byToken && code === 'not-authenticated',
    mend: (_, { url }) => `The address is that of the paths for tokens. ${pathAdvice(url)}`,
  },
  // Any other problem of the proxy's is the API speaking.
  { is: ({ code }) => code !== undefined, mend: () => '' },
  {
    is: ({ status, headers }) => status >= 300 && status < 400 && headers.has('location'),
    mend: ({ headers }, { url }) => {
      const to = new URL(headers.get('location') ?? '', url);
      const secured = to.protocol === 'https:' && to.host === new URL(url).host;
      return secured
        ? 'It redirects to HTTPS: write https:// in MWAA_CLI_PROXY_URL.'
        : `It redirects to ${to.origin}, which the API never does: something on the way answers in its place, such as a sign-in page of ` +
            'the network (sign in) or a load balancer. Else the address is not that of the API.';
    },
  },
  {
    is: ({ status, body }) => status === 403 && body.message === 'Forbidden',
    mend: (_, { url, addresses }) =>
      `API Gateway answers, and has no such stage at this name. ${pathAdvice(url)} ${
        isPrivate(addresses)
          ? `Here the name leads to ${addresses}, an endpoint of the VPC, which leads to private APIs alone: a regional API is not ` +
            "reached through it. Use the API's own domain (api.domain), or switch private DNS off at the execute-api endpoint."
          : 'An API with a domain of its own (api.domain) is reached by that alone, and a private API through its VPC endpoint alone.'
      }`,
  },
  {
    is: ({ body }) => body.message === 'Missing Authentication Token',
    mend: () =>
      "Another API of API Gateway answers, and not the proxy's: compare the API's id with the address that the deployment printed.",
  },
  {
    is: ({ headers, text }) => /html/.test(headers.get('content-type') ?? '') || /^\s*<(!doctype|html)/i.test(text),
    mend: ({ status, text }) =>
      `A page answers (HTTP ${status}${titleOf(text)}), and not the API: a sign-in page or proxy of the network (sign in, or go around ` +
      'it), or the address is that of something else.',
  },
  {
    is: () => true,
    mend: ({ status, text }, { url }) =>
      `What answers (HTTP ${status}: ${text.slice(0, 80).replace(/\s+/g, ' ') || 'an empty body'}) is not the proxy's API. ${pathAdvice(url)}`,
  },
];

/**
 * Looks whether an unsigned request was answered by the API.
 *
 * @throws Error that says what to change
 */
export function checkIsTheApi(answer: ApiAnswer, asked: Asked): void {
  const mend = STRANGE.find(({ is }) => is(answer, asked))?.mend(answer, asked);
  if (mend) throw new Error(mend);
}

const titleOf = (text: string): string => {
  const title = /<title[^>]*>\s*([^<]{1,80})/i.exec(text)?.[1]?.trim();
  return title === undefined ? '' : `, "${textOf(title)}"`;
};

const isPrivate = (addresses: string): boolean =>
  /(^|, )(10\.|172\.(1[6-9]|2\d|3[01])\.|192\.168\.|f[cd])/.test(addresses);
