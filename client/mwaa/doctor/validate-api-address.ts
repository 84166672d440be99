import { getApiRegion } from '../../library/signed-fetch.ts';
import { SETTING_VARIABLES } from '../../setting-variables.ts';

/** The paths that the client appends to the address. */
const CLIENT_PATH = /\/(environments|oidc)(\/|$)/;

interface AddressCheck {
  fails(address: URL, text: string): boolean;
  /** Completes "MWAA_CLI_PROXY_URL …". */
  remedy(address: URL): string;
}

/**
 * Checks that need no request. API Gateway's own host names support only HTTPS, and the path consists of the stage.
 * Source: API Gateway developer guide, "Invoke REST APIs in API Gateway", "Invoke a private API".
 */
const ADDRESS_CHECKS: readonly AddressCheck[] = [
  {
    fails: (_, text) => text !== text.trim(),
    remedy: () => 'starts or ends with a space or line break: remove it',
  },
  { fails: ({ protocol }) => !/^https?:$/.test(protocol), remedy: () => 'must start with https://' },
  {
    fails: ({ username, password }) => username + password !== '',
    remedy: () => 'contains a user or password: remove them',
  },
  {
    fails: ({ search, hash }) => search + hash !== '',
    remedy: () => 'must end with its path: remove everything from the ? or # on',
  },
  {
    fails: ({ hostname }) => /\.execute-api\..*\.vpce\.amazonaws\.com/.test(hostname),
    remedy: () =>
      'is the address of a VPC endpoint, which serves many APIs: use https://API-ENDPOINT.execute-api.REGION.amazonaws.com/STAGE ' +
      'with the ids of the API and of the endpoint',
  },
  {
    fails: (address) => getApiRegion(address) !== undefined && address.protocol === 'http:',
    remedy: () => 'starts with http://, but API Gateway accepts HTTPS only: use https://',
  },
  {
    fails: (address) => getApiRegion(address) !== undefined && getPathSegments(address).length === 0,
    remedy: ({ origin }) =>
      `has no stage: use ${origin}/STAGE, as the deployment printed it (STAGE is v1 unless api.stageName is set)`,
  },
  {
    fails: (address) => getApiRegion(address) !== undefined && getPathSegments(address).length > 1,
    remedy: (address) => `continues after the stage: use ${address.origin}/${getPathSegments(address)[0]}`,
  },
];

/** What is wrong with the address of the API and what to use instead. Undefined if all checks pass. */
export function validateApiAddress(url: string): string | undefined {
  const address = new URL(url);
  const failed = ADDRESS_CHECKS.find(({ fails }) => fails(address, url));
  return failed && `${SETTING_VARIABLES.url} ${failed.remedy(address)}. The current value is ${url}`;
}

/** What may be wrong with the path of an address, once the API has rejected it. One or two complete sentences. */
export function getPathRemedy(url: string): string {
  const { origin, pathname } = new URL(url);
  const clientPath = CLIENT_PATH.exec(pathname);
  if (clientPath)
    return `The client adds /${clientPath[1]} itself: use ${origin}${pathname.slice(0, clientPath.index)}.`;
  const path = pathname.replace(/\/+$/, '');
  const hint =
    path === ''
      ? 'It has no path: the stage or base path may be missing.'
      : `Its path must be the stage or base path, and it is ${path}.`;
  return `Compare ${SETTING_VARIABLES.url} with the address that the deployment printed. ${hint}`;
}

const getPathSegments = ({ pathname }: URL): string[] => pathname.split('/').filter((part) => part !== '');
