import { regionOf } from '../../library/signed-fetch.ts';
import { VARIABLES } from '../../settings.ts';

const OWN_PATH = /\/(environments|oidc)(\/|$)/;

interface Fault {
  is(address: URL, text: string): boolean;
  mend(address: URL): string;
}

/**
 * What cannot be an API's address, whoever is asked. API Gateway's own names have one part in their path, the stage, and speak
 * HTTPS only. Source: API Gateway developer guide, "Invoke REST APIs in API Gateway", "Invoke a private API".
 */
const FAULTS: readonly Fault[] = [
  {
    is: (_, text) => text !== text.trim(),
    mend: () => 'has a space or a line break at its beginning or end: take it out',
  },
  { is: ({ protocol }) => !/^https?:$/.test(protocol), mend: () => 'must begin with https://' },
  {
    is: ({ username, password }) => username + password !== '',
    mend: () => 'has a user or password in it: leave them out',
  },
  {
    is: ({ search, hash }) => search + hash !== '',
    mend: () => 'must end with its path: leave out what comes from the ? or # on',
  },
  {
    is: ({ hostname }) => /\.execute-api\..*\.vpce\.amazonaws\.com/.test(hostname),
    mend: () =>
      'is that of a VPC endpoint, which serves many APIs: write https://API-ENDPOINT.execute-api.REGION.amazonaws.com/STAGE ' +
      'with the ids of the API and of the endpoint',
  },
  {
    is: (address) => regionOf(address) !== undefined && address.protocol === 'http:',
    mend: () => 'begins with http://, and API Gateway speaks HTTPS only: write https://',
  },
  {
    is: (address) => regionOf(address) !== undefined && partsOf(address).length === 0,
    mend: ({ origin }) =>
      `has no stage: write ${origin}/STAGE, as the deployment printed it (v1, unless api.stageName says so)`,
  },
  {
    is: (address) => regionOf(address) !== undefined && partsOf(address).length > 1,
    mend: (address) => `goes on behind the stage: write ${address.origin}/${partsOf(address)[0]}`,
  },
];

/** What is wrong with an address, and what to write, seen without asking anybody; undefined where nothing is. */
export function addressFault(url: string): string | undefined {
  const address = new URL(url);
  const fault = FAULTS.find(({ is }) => is(address, url));
  return fault && `${VARIABLES.url} ${fault.mend(address)}. It is ${url}`;
}

/** What may be wrong with the path of an address that the API does not know: to be said once it has said so. Sentences. */
export function pathAdvice(url: string): string {
  const { origin, pathname } = new URL(url);
  const own = OWN_PATH.exec(pathname);
  if (own) return `The client adds /${own[1]} itself: write ${origin}${pathname.slice(0, own.index)}.`;
  const path = pathname.replace(/\/+$/, '');
  const what =
    path === ''
      ? 'It has no path: the stage or base path may be missing.'
      : `Is ${path} the stage or base path, and all of it?`;
  return `Compare ${VARIABLES.url} with the address that the deployment printed. ${what}`;
}

const partsOf = ({ pathname }: URL): string[] => pathname.split('/').filter((part) => part !== '');
