/**
 * The process behind the functions: MWAA's token API, MWAA's web server and Lambda's API on one port, by host name. Each answers at once
 * with the same bytes. It runs in a process of its own, so that it does not take time from the process that is measured.
 */
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createSecureContext } from 'node:tls';
import { createCertificateAuthority } from '../../local/mwaa/certificate-authority.ts';
import { getHostnames } from './hostnames.ts';

/** What the parent sends. The texts replace the current ones. */
export interface UpstreamAnswers {
  /** The body of the web server's response. */
  readonly webServer: string;
  /** The payload of Lambda's response. */
  readonly lambda: string;
  /** How long the web server takes, in milliseconds. */
  readonly delayMs?: number;
}

const [folder = '', region = ''] = process.argv.slice(2);
const hostnames = getHostnames(region);
const authority = await createCertificateAuthority(folder);
const contexts = new Map(
  await Promise.all(
    Object.values(hostnames).map(
      async (hostname) => [hostname, createSecureContext(await authority.issueCertificate(hostname))] as const,
    ),
  ),
);

let bodies: Record<string, Buffer> = {};
let delayMs = 0;
/** The login of Airflow 2 for its REST API. */
const LOGIN_PATH = '/aws_mwaa/login';
const TOKEN = 'x'.repeat(600);
const setAnswers = (answers: UpstreamAnswers) => {
  delayMs = answers.delayMs ?? 0;
  bodies = {
    [hostnames.tokenApi]: Buffer.from(
      JSON.stringify({ CliToken: TOKEN, WebToken: TOKEN, WebServerHostname: hostnames.webServer }),
    ),
    [hostnames.webServer]: Buffer.from(answers.webServer),
    [hostnames.lambda]: Buffer.from(answers.lambda),
  };
};

const server = createServer(
  { SNICallback: (name, done) => done(null, contexts.get(name)), keepAliveTimeout: 600_000, requestTimeout: 0 },
  (incoming, response) => {
    const hostname = incoming.headers.host?.replace(/:\d+$/, '') ?? '';
    const body = bodies[hostname] ?? Buffer.from('');
    const status = Object.hasOwn(bodies, hostname) ? 200 : 404;
    const respond = () => {
      if (incoming.url === LOGIN_PATH) {
        response.writeHead(302, { 'set-cookie': `session=${TOKEN}`, location: '/home', 'content-length': 0 }).end();
        return;
      }
      response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
    };
    incoming.resume().on('end', () => {
      if (delayMs > 0 && hostname === hostnames.webServer) setTimeout(respond, delayMs);
      else respond();
    });
  },
);
server.listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port, caFile: authority.file });
});
process.on('message', (answers: UpstreamAnswers) => {
  setAnswers(answers);
  process.send?.('set');
});
process.on('disconnect', () => process.exit());
