import { isIP } from 'node:net';
import { connect, type PeerCertificate } from 'node:tls';
import { getErrorCode } from '../../../mwaa/connection/connection-step.ts';
import type { ConnectionSetupStep } from '../../../mwaa/connection/run-connection-steps.ts';
import { getApiRegion } from '../../library/signed-fetch.ts';
import { findRootCause } from './find-root-cause.ts';
import type { NetworkProxy } from './network-proxy.ts';

/** A server, and what is known of the way to it. */
export interface ApiDestination {
  readonly address: URL;
  readonly hostname: string;
  readonly port: number;
  /** Of the network, on the way or ignored. */
  readonly networkProxy: NetworkProxy | undefined;
}

/** What to change where connecting to an API fails, by the step and the code of Node's error. */
export async function getConnectionRemedy(
  step: ConnectionSetupStep,
  error: NodeJS.ErrnoException,
  to: ApiDestination,
): Promise<string> {
  const what = `${to.hostname}${step === 'name resolution' ? '' : ` port ${to.port}`} (${getErrorCode(error)}).`;
  if (to.networkProxy?.usedByNode) return `${what} ${describeBrokenProxy(to.networkProxy)}`;
  return `${what} ${await CONNECTION_REMEDIES[step](error, to)}`;
}

type GetRemedy = (error: NodeJS.ErrnoException, to: ApiDestination) => string | Promise<string>;

const CONNECTION_REMEDIES: Readonly<Record<ConnectionSetupStep, GetRemedy>> = {
  'name resolution': getNameResolutionRemedy,
  connect: getConnectRemedy,
  TLS: getTlsRemedy,
};

/** The same where a request of `fetch` through a proxy of the network fails. */
export async function getProxyTunnelRemedy(error: Error, to: ApiDestination): Promise<string> {
  const cause = findRootCause(error);
  const { address, networkProxy } = to;
  const status = /Proxy response \((\d+)\)/.exec(cause.message)?.[1];
  if (status === '407')
    return `${networkProxy?.variable}: the proxy wants user and password (407). Write them into the variable.`;
  if (status !== undefined) {
    return `${networkProxy?.variable}: the proxy does not let ${address.host} through (${status}). Ask for it to be let through, or put the name into NO_PROXY.`;
  }
  return `${address.host} (${getErrorCode(cause)}). ${await getTlsRemedy(cause, { ...to, networkProxy: undefined })}`;
}

const describeBrokenProxy = ({ variable, address }: NetworkProxy): string =>
  `${variable} names the proxy ${address.host}, and there is no way to it: mend the variable, or put the API's name into NO_PROXY.`;

const REQUIRED_NETWORK = 'the network that leads there (VPN, the right VPC)';

function getNameResolutionRemedy({ code }: NodeJS.ErrnoException, to: ApiDestination): string {
  if (code === 'EAI_AGAIN')
    return `No name server answers: check that this machine has a network, and a name server. ${getUnusedProxyRemedy(to)}`;
  const own = getApiRegion(to.address)
    ? 'There is no such API in this region, or it is a private one: compare its id and region with the address that the deployment ' +
      `printed; a private API has a name inside its VPC alone, so use ${REQUIRED_NETWORK}.`
    : `The name does not exist here: check its spelling, and that you use ${REQUIRED_NETWORK}.`;
  return `${own} ${getUnusedProxyRemedy(to)}`.trim();
}

function getConnectRemedy({ code }: NodeJS.ErrnoException, to: ApiDestination): string {
  const { hostname, port, address } = to;
  if (code === 'ECONNREFUSED') {
    const local = /^(localhost|127\.|::1)/.test(hostname) ? ' Is the gateway of this machine running (npm start)?' : '';
    return `Nothing listens there: check name and port of the address.${local}${describePlainHttp(address)} ${getUnusedProxyRemedy(to)}`.trim();
  }
  return (
    `There is no route to it, or what is sent is dropped on the way: check ${REQUIRED_NETWORK}, and that firewalls and security groups let port ` +
    `${port} through.${describePlainHttp(address)} ${getUnusedProxyRemedy(to)}`
  ).trim();
}

const describePlainHttp = ({ protocol }: URL): string =>
  protocol === 'http:' ? ' The address begins with http://, and API Gateway speaks HTTPS only.' : '';

function getUnusedProxyRemedy({ networkProxy }: ApiDestination): string {
  if (networkProxy === undefined || networkProxy.usedByNode) return '';
  return `${networkProxy.variable} is set, and Node goes through it only with NODE_USE_ENV_PROXY=1: set that too if the proxy is the way out.`;
}

const UNTRUSTED_CERTIFICATE_CODE = /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_UNTRUSTED|CERT_SIGNATURE)/;

async function getTlsRemedy(error: NodeJS.ErrnoException, to: ApiDestination): Promise<string> {
  const code = getErrorCode(error);
  const certificate = await fetchPeerCertificate(to);
  if (UNTRUSTED_CERTIFICATE_CODE.test(code)) {
    return (
      `Its certificate is of ${formatIssuer(certificate?.issuer)}, whom this machine does not trust: most often a proxy of the network ` +
      'that looks into TLS. Set NODE_EXTRA_CA_CERTS to the PEM file of its authority, or use a way around it.'
    );
  }
  if (/^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/.test(code)) {
    return (
      `Its certificate holds from ${certificate?.valid_from ?? '?'} to ${certificate?.valid_to ?? '?'}, and this machine's clock says ` +
      `${new Date().toUTCString()}: set the clock if it is wrong; else the certificate must be renewed.`
    );
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return (
      `Its certificate is for ${certificate?.subjectaltname?.replaceAll('DNS:', '') ?? 'another name'}: the address names the wrong ` +
      'server, or something on the way answers in its place (a sign-in page of the network: sign in).'
    );
  }
  if (/^(EPROTO|ERR_SSL_)/.test(code)) {
    return 'What listens there speaks no TLS: check name and port of the address; the gateway of this machine has http://.';
  }
  return (
    'The connection is cut before TLS stands: a firewall or a proxy of the network lets this name not through. Ask for it to be let ' +
    `through, or use ${REQUIRED_NETWORK}. ${getUnusedProxyRemedy(to)}`
  ).trim();
}

const formatIssuer = (issuer: PeerCertificate['issuer'] | undefined): string => {
  const { O: organization, CN: name } = issuer ?? {};
  return [organization, name].filter(Boolean).join(', ') || 'somebody';
};

const CERTIFICATE_TIMEOUT_MS = 3_000;

/** The certificate that a server shows, whatever is wrong with it. Nothing is sent to it. */
function fetchPeerCertificate({ hostname, port }: ApiDestination): Promise<PeerCertificate | undefined> {
  return new Promise((resolve) => {
    const socket = connect({
      ...{ host: hostname, port, rejectUnauthorized: false, timeout: CERTIFICATE_TIMEOUT_MS },
      ...(isIP(hostname) ? {} : { servername: hostname }),
    });
    const end = (certificate?: PeerCertificate) => {
      socket.destroy();
      resolve(certificate);
    };
    socket.once('secureConnect', () => end(socket.getPeerCertificate()));
    socket.once('error', () => end());
    socket.once('timeout', () => end());
  });
}
