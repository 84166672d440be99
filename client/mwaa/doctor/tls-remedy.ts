import { isIP } from 'node:net';
import { connect, type PeerCertificate } from 'node:tls';
import { getErrorCode } from '../../../mwaa/connection/connection-step.ts';
import { type ApiDestination, REQUIRED_NETWORK } from './api-destination.ts';
import { describeUnusedProxy } from './unused-proxy.ts';

const UNTRUSTED_CERTIFICATE_CODE = /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_UNTRUSTED|CERT_SIGNATURE)/;

export async function getTlsRemedy(error: NodeJS.ErrnoException, destination: ApiDestination): Promise<string> {
  const code = getErrorCode(error);
  const certificate = await fetchPeerCertificate(destination);
  if (UNTRUSTED_CERTIFICATE_CODE.test(code)) {
    return (
      `Its certificate was issued by ${formatIssuer(certificate?.issuer)}, which this machine does not trust. Most often the issuer is a ` +
      'network proxy that inspects TLS. Set NODE_EXTRA_CA_CERTS to the PEM file of the issuing authority, or bypass the proxy.'
    );
  }
  if (/^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/.test(code)) {
    return (
      `Its certificate is valid from ${certificate?.valid_from ?? '?'} to ${certificate?.valid_to ?? '?'}, and the clock of this ` +
      `machine shows ${new Date().toUTCString()}: set the clock if it is wrong; otherwise the certificate must be renewed.`
    );
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return (
      `Its certificate is for ${certificate?.subjectaltname?.replaceAll('DNS:', '') ?? 'another name'}: the host name in the address is ` +
      'wrong, or another server answers in its place (a captive portal: sign in).'
    );
  }
  if (/^(EPROTO|ERR_SSL_)/.test(code)) {
    return 'The server does not speak TLS: check the host and port of the address. The address of the local gateway starts with http://.';
  }
  return (
    'The TLS handshake was cut off. A firewall or proxy probably blocks this host: ask for it to be allowed, or connect to ' +
    `${REQUIRED_NETWORK}. ${describeUnusedProxy(destination)}`
  ).trim();
}

const formatIssuer = (issuer: PeerCertificate['issuer'] | undefined): string => {
  const { O: organization, CN: name } = issuer ?? {};
  return [organization, name].filter(Boolean).join(', ') || 'an unnamed issuer';
};

const CERTIFICATE_TIMEOUT_MS = 3_000;

/** Fetches the certificate of a server without verifying it. Sends no request. */
function fetchPeerCertificate({ hostname, port }: ApiDestination): Promise<PeerCertificate | undefined> {
  return new Promise((resolve) => {
    const socket = connect({
      host: hostname,
      port,
      rejectUnauthorized: false,
      timeout: CERTIFICATE_TIMEOUT_MS,
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
