import { getApiRegion } from '../../library/signed-fetch.ts';
import { type ApiDestination, REQUIRED_NETWORK } from './api-destination.ts';
import { describeUnusedProxy } from './unused-proxy.ts';

export function getNameResolutionRemedy({ code }: NodeJS.ErrnoException, destination: ApiDestination): string {
  return `${getRemedy(code, destination)} ${describeUnusedProxy(destination)}`.trim();
}

function getRemedy(code: string | undefined, { address }: ApiDestination): string {
  if (code === 'EAI_AGAIN')
    return 'No DNS server responds: check the network connection and the DNS settings of this machine.';
  if (getApiRegion(address) === undefined)
    return `The name does not exist here: check its spelling, and connect to ${REQUIRED_NETWORK}.`;
  return (
    'There is no such API in this region, or it is a private API: compare its id and region with the address that the deployment ' +
    `printed. The name of a private API exists only inside its VPC: connect to ${REQUIRED_NETWORK}.`
  );
}
