import { getApiRegion } from '../../library/signed-fetch.ts';
import { SETTING_VARIABLES } from '../../settings.ts';

const API_PATH = /\/(environments|oidc)(\/|$)/;

interface AddressCheck {
  matches(address: URL, text: string): boolean;
  remedy(address: URL): string;
}

/**
 * What cannot be an API's address, whoever is asked. API Gateway's own names have one part in their path, the stage, and speak
 * HTTPS only. Source: API Gateway developer guide, "Invoke REST APIs in API Gateway", "Invoke a private API".
 */
const ADDRESS_CHECKS: readonly AddressCheck[] = [
  {
    matches: (_, text) => text !== text.trim(),
    remedy: () => 'has a space or a line break at its beginning or end: take it out',
  },
  { matches: ({ protocol }) => !/^https?:$/.test(protocol), remedy: () => 'must begin with https://' },
  {
    matches: ({ username, password }) => username + password !== '',
    remedy: () => 'has a user or password in it: leave them out',
  },
  {
    matches: ({ search, hash }) => search + hash !== '',
    remedy: () => 'must end with its path: leave out what comes from the ? or # on',
  },
  {
    matches: ({ hostname }) => /\.execute-api\..*\.vpce\.amazonaws\.com/.test(hostname),
    remedy: () =>
      'is that of a VPC endpoint, which serves many APIs: write https://API-ENDPOINT.execute-api.REGION.amazonaws.com/STAGE ' +
      'with the ids of the API and of the endpoint',
  },
  {
    matches: (address) => getApiRegion(address) !== undefined && address.protocol === 'http:',
    remedy: () => 'begins with http://, and API Gateway speaks HTTPS only: write https://',
  },
  {
    matches: (address) => getApiRegion(address) !== undefined && getPathSegments(address).length === 0,
    remedy: ({ origin }) =>
      `has no stage: write ${origin}/STAGE, as the deployment printed it (v1, unless api.stageName says so)`,
  },
  {
    matches: (address) => getApiRegion(address) !== undefined && getPathSegments(address).length > 1,
    remedy: (address) => `goes on behind the stage: write ${address.origin}/${getPathSegments(address)[0]}`,
  },
];

/** What is wrong with an address, and what to write, seen without asking anybody; undefined where nothing is. */
export function validateApiAddress(url: string): string | undefined {
  const address = new URL(url);
  const fault = ADDRESS_CHECKS.find(({ matches }) => matches(address, url));
  return fault && `${SETTING_VARIABLES.url} ${fault.remedy(address)}. It is ${url}`;
}

/** What may be wrong with the path of an address that the API does not know: to be said once it has said so. Sentences. */
export function getPathRemedy(url: string): string {
  const { origin, pathname } = new URL(url);
  const own = API_PATH.exec(pathname);
  if (own) return `The client adds /${own[1]} itself: write ${origin}${pathname.slice(0, own.index)}.`;
  const path = pathname.replace(/\/+$/, '');
  const what =
    path === ''
      ? 'It has no path: the stage or base path may be missing.'
      : `Is ${path} the stage or base path, and all of it?`;
  return `Compare ${SETTING_VARIABLES.url} with the address that the deployment printed. ${what}`;
}

const getPathSegments = ({ pathname }: URL): string[] => pathname.split('/').filter((part) => part !== '');
