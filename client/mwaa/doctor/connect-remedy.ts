import { type ApiDestination, REQUIRED_NETWORK } from './api-destination.ts';
import { describeUnusedProxy } from './unused-proxy.ts';

export function getConnectRemedy({ code }: NodeJS.ErrnoException, destination: ApiDestination): string {
  const { hostname, port, address } = destination;
  const remedy =
    code === 'ECONNREFUSED'
      ? `Nothing listens on this port: check the host and port of the address.${describeLocalGateway(hostname)}`
      : `There is no route to it, or a firewall drops the packets: connect to ${REQUIRED_NETWORK}, and check that firewalls and ` +
        `security groups allow port ${port}.`;
  return `${remedy}${describePlainHttp(address)} ${describeUnusedProxy(destination)}`.trim();
}

const describeLocalGateway = (hostname: string): string =>
  /^(localhost|127\.|::1)/.test(hostname) ? ' Is the local gateway running (npm start)?' : '';

const describePlainHttp = ({ protocol }: URL): string =>
  protocol === 'http:' ? ' The address starts with http://, but API Gateway accepts HTTPS only.' : '';
