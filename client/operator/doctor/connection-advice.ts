import { isIP } from 'node:net';
import { connect, type PeerCertificate } from 'node:tls';
import type { ConnectingStep } from '../../../lambda/mwaa/connect.ts';
import { nameOfError } from '../../../lambda/mwaa/connection-step.ts';
import { regionOf } from '../../library/signed-fetch.ts';
import type { NetworkProxy } from './network-proxy.ts';
import { rootCause } from './root-cause.ts';

/** A server, and what is known of the way to it. */
export interface Destination {
  readonly address: URL;
  readonly hostname: string;
  readonly port: number;
  /** Of the network, on the way or ignored. */
  readonly networkProxy: NetworkProxy | undefined;
}

/** What to change where connecting to an API fails, by the step and the code of Node's error. */
export async function connectionAdvice(
  step: ConnectingStep,
  error: NodeJS.ErrnoException,
  to: Destination,
): Promise<string> {
  const what = `${to.hostname}${step === 'name resolution' ? '' : ` port ${to.port}`} (${nameOfError(error)}).`;
  if (to.networkProxy?.heeded) return `${what} ${brokenProxy(to.networkProxy)}`;
  return `${what} ${await ADVICE[step](error, to)}`;
}

type Advise = (error: NodeJS.ErrnoException, to: Destination) => string | Promise<string>;

const ADVICE: Readonly<Record<ConnectingStep, Advise>> = {
  'name resolution': nameAdvice,
  connect: connectAdvice,
  TLS: tlsAdvice,
};

/** The same where a request of `fetch` through a proxy of the network fails. */
export async function throughNetworkProxyAdvice(error: Error, to: Destination): Promise<string> {
  const cause = rootCause(error);
  const { address, networkProxy } = to;
  const status = /Proxy response \((\d+)\)/.exec(cause.message)?.[1];
  if (status === '407')
    return `${networkProxy?.variable}: the proxy wants user and password (407). Write them into the variable.`;
  if (status !== undefined) {
    return `${networkProxy?.variable}: the proxy does not let ${address.host} through (${status}). Ask for it to be let through, or put the name into NO_PROXY.`;
  }
  return `${address.host} (${nameOfError(cause)}). ${await tlsAdvice(cause, { ...to, networkProxy: undefined })}`;
}

const brokenProxy = ({ variable, address }: NetworkProxy): string =>
  `${variable} names the proxy ${address.host}, and there is no way to it: mend the variable, or put the API's name into NO_PROXY.`;

const NETWORK = 'the network that leads there (VPN, the right VPC)';

function nameAdvice({ code }: NodeJS.ErrnoException, to: Destination): string {
  if (code === 'EAI_AGAIN')
    return `No name server answers: check that this machine has a network, and a name server. ${proxyAdvice(to)}`;
  const own = regionOf(to.address)
    ? 'There is no such API in this region, or it is a private one: compare its id and region with the address that the deployment ' +
      `printed; a private API has a name inside its VPC alone, so use ${NETWORK}.`
    : `The name does not exist here: check its spelling, and that you use ${NETWORK}.`;
  return `${own} ${proxyAdvice(to)}`.trim();
}

function connectAdvice({ code }: NodeJS.ErrnoException, to: Destination): string {
  const { hostname, port, address } = to;
  if (code === 'ECONNREFUSED') {
    const local = /^(localhost|127\.|::1)/.test(hostname) ? ' Is the gateway of this machine running (npm start)?' : '';
    return `Nothing listens there: check name and port of the address.${local}${inTheClear(address)} ${proxyAdvice(to)}`.trim();
  }
  return (
    `There is no route to it, or what is sent is dropped on the way: check ${NETWORK}, and that firewalls and security groups let port ` +
    `${port} through.${inTheClear(address)} ${proxyAdvice(to)}`
  ).trim();
}

const inTheClear = ({ protocol }: URL): string =>
  protocol === 'http:' ? ' The address begins with http://, and API Gateway speaks HTTPS only.' : '';

function proxyAdvice({ networkProxy }: Destination): string {
  if (networkProxy === undefined || networkProxy.heeded) return '';
  return `${networkProxy.variable} is set, and Node goes through it only with NODE_USE_ENV_PROXY=1: set that too if the proxy is the way out.`;
}

const UNTRUSTED = /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_UNTRUSTED|CERT_SIGNATURE)/;

async function tlsAdvice(error: NodeJS.ErrnoException, to: Destination): Promise<string> {
  const code = nameOfError(error);
  const certificate = await shownCertificate(to);
  if (UNTRUSTED.test(code)) {
    return (
      `Its certificate is of ${nameOf(certificate?.issuer)}, whom this machine does not trust: most often a proxy of the network ` +
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
    `through, or use ${NETWORK}. ${proxyAdvice(to)}`
  ).trim();
}

const nameOf = (issuer: PeerCertificate['issuer'] | undefined): string => {
  const { O: organisation, CN: name } = issuer ?? {};
  return [organisation, name].filter(Boolean).join(', ') || 'somebody';
};

const LOOK_MS = 3_000;

/** The certificate that a server shows, whatever is wrong with it. Nothing is sent to it. */
function shownCertificate({ hostname, port }: Destination): Promise<PeerCertificate | undefined> {
  return new Promise((resolve) => {
    const socket = connect({
      ...{ host: hostname, port, rejectUnauthorized: false, timeout: LOOK_MS },
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
