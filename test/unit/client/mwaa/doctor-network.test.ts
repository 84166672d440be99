/** The way to the API as it breaks in networks: names, ports, certificates, proxies. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { getConnectionRemedy } from '../../../../client/mwaa/doctor/connection-remedies.ts';
import { findNetworkProxy } from '../../../../client/mwaa/doctor/network-proxy.ts';
import { type CertificateAuthority, createCertificateAuthority } from '../../../../local/mwaa/certificate-authority.ts';
import {
  AWS_KEYS,
  type DoctorApi,
  findBrokenStep,
  findBrokenStepInProcess,
  listenOnLoopback,
  startDoctorApi,
} from './doctor-api.ts';

const folder = mkdtempSync(join(tmpdir(), 'doctor-'));
let authority: CertificateAuthority;
let api: DoctorApi;
const closeables: { close(): unknown }[] = [];
beforeAll(async () => {
  authority = await createCertificateAuthority(folder);
  api = await startDoctorApi(await authority.issueCertificate('localhost'));
});
afterAll(() => {
  for (const one of [api, ...closeables]) one.close();
  rmSync(folder, { recursive: true });
});

const variablesFor = (url: string, more: NodeJS.ProcessEnv = {}) => ({
  ...{ ...AWS_KEYS, MWAA_CLI_PROXY_URL: url, MWAA_ENVIRONMENT: 'prod' },
  ...more,
});
const trustVariables = () => ({ NODE_EXTRA_CA_CERTS: authority.file });

describe('name and port', () => {
  test.each<[what: string, url: string, step: string, detail: RegExp]>([
    [
      'an API that is not there',
      'https://abc123.execute-api.eu-west-1.amazonaws.invalid/v1',
      'name resolution',
      /does not exist here.*VPN/,
    ],
    ['a port on which nobody listens', 'http://127.0.0.1:1/v1', 'connect', /ECONNREFUSED.*Nothing listens.*npm start/],
  ])('%s', async (_what, url, step, detail) => {
    expect(await findBrokenStep(variablesFor(url))).toEqual({
      at: `caller: ${step}`,
      detail: expect.stringMatching(detail),
    });
  });

  test.each<[code: string, url: string, detail: RegExp]>([
    [
      'ENOTFOUND',
      'https://abc.execute-api.eu-west-1.amazonaws.com/v1',
      /no such API in this region, or it is a private one/,
    ],
    ['EAI_AGAIN', 'https://airflow.example.com', /No name server answers/],
  ])('a name: %s at %s', async (code, url, detail) => {
    expect(await getRemedyFor('name resolution', code, url)).toMatch(detail);
  });

  test.each<[code: string, url: string, detail: RegExp]>([
    ['ETIMEDOUT', 'https://airflow.example.com', /no route to it, or what is sent is dropped.*VPN.*port 443/],
    ['EHOSTUNREACH', 'https://airflow.example.com', /no route/],
    ['ENETUNREACH', 'https://airflow.example.com', /no route/],
    ['ETIMEDOUT', 'http://airflow.example.com', /HTTPS only/],
  ])('a connection: %s at %s', async (code, url, detail) => {
    expect(await getRemedyFor('connect', code, url)).toMatch(detail);
  });

  test('a proxy of the network that Node does not heed is named', async () => {
    const detail = await getRemedyFor('connect', 'ETIMEDOUT', 'https://airflow.example.com', {
      HTTPS_PROXY: 'http://proxy.example.com:3128',
    });
    expect(detail).toMatch(/HTTPS_PROXY is set, and Node goes through it only with NODE_USE_ENV_PROXY=1/);
  });
});

function getRemedyFor(step: 'name resolution' | 'connect' | 'TLS', code: string, url: string, variables = {}) {
  const address = new URL(url);
  const networkProxy = findNetworkProxy(address, variables);
  const port = Number(address.port) || 443;
  return getConnectionRemedy(step, Object.assign(new Error(code), { code }), {
    address,
    hostname: address.hostname,
    port,
    networkProxy,
  });
}

describe('TLS', () => {
  test('of a trusted authority is no trouble', async () => {
    expect(await findBrokenStepInProcess(variablesFor(api.url, trustVariables()))).toBeUndefined();
  });

  test('of an authority that nobody knows: whose it is, and how to trust it', async () => {
    expect(await findBrokenStep(variablesFor(api.url))).toEqual({
      at: 'caller: TLS',
      detail: expect.stringMatching(/mwaa-cli-proxy, Laptop stand-in.*NODE_EXTRA_CA_CERTS/),
    });
  });

  test('for another name: which', async () => {
    const other = await startDoctorApi(await authority.issueCertificate('portal.example.com'));
    closeables.push(other);
    expect(await findBrokenStepInProcess(variablesFor(other.url, trustVariables()))).toEqual({
      at: 'caller: TLS',
      detail: expect.stringMatching(/ERR_TLS_CERT_ALTNAME_INVALID.*certificate is for portal\.example\.com/),
    });
  });

  test('out of its time: until when it holds, and what the clock says', async () => {
    const year = new Date().getUTCFullYear();
    expect(await getRemedyFor('TLS', 'CERT_HAS_EXPIRED', api.url)).toMatch(
      new RegExp(`holds from .*${year}.* to .*${year}.*clock says .*${year}.*set the clock`),
    );
  });

  test('that is none', async () => {
    const plain = await startDoctorApi();
    closeables.push(plain);
    expect(await findBrokenStep(variablesFor(plain.url.replace('http:', 'https:')))).toEqual({
      at: 'caller: TLS',
      detail: expect.stringMatching(/speaks no TLS.*http:\/\//),
    });
  });

  test('that is cut off', async () => {
    const cutting: Server = createServer((socket) => socket.once('data', () => socket.resetAndDestroy()));
    closeables.push(cutting);
    expect(await findBrokenStep(variablesFor(`https://localhost:${await listenOnLoopback(cutting)}/v1`))).toEqual({
      at: 'caller: TLS',
      detail: expect.stringMatching(/ECONNRESET.*firewall or a proxy/),
    });
  });
});

describe('a proxy of the network', () => {
  /** Tunnels, or refuses with a status. */
  async function tunneling(status: number): Promise<string> {
    const server: HttpServer = createHttpServer();
    server.on('connect', ({ url = '' }, socket) => {
      socket.on('error', () => {});
      if (status !== 200) return socket.end(`HTTP/1.1 ${status} Refused\r\ncontent-length: 0\r\n\r\n`);
      const there = connect(Number(url.split(':')[1]), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        there.pipe(socket).pipe(there);
      });
      return there.on('error', () => socket.destroy());
    });
    closeables.push(server);
    return `http://127.0.0.1:${await listenOnLoopback(server)}`;
  }
  const through = (proxy: string) =>
    variablesFor(api.url, { ...trustVariables(), HTTPS_PROXY: proxy, NODE_USE_ENV_PROXY: '1' });

  test('that lets the API through is no trouble', async () => {
    expect(await findBrokenStepInProcess(through(await tunneling(200)))).toBeUndefined();
  });

  test.each<[status: number, detail: RegExp]>([
    [407, /HTTPS_PROXY: the proxy wants user and password/],
    [403, /HTTPS_PROXY: the proxy does not let localhost:\d+ through \(403\)/],
  ])('that answers %i', async (status, detail) => {
    expect(await findBrokenStepInProcess(through(await tunneling(status)))).toEqual({
      at: 'caller: TLS',
      detail: expect.stringMatching(detail),
    });
  });

  test('that looks into TLS', async () => {
    const variables = { ...through(await tunneling(200)), NODE_EXTRA_CA_CERTS: '' };
    expect(await findBrokenStepInProcess(variables)).toEqual({
      at: 'caller: TLS',
      detail: expect.stringMatching(/whom this machine does not trust.*NODE_EXTRA_CA_CERTS/),
    });
  });

  test('that is not there', async () => {
    expect(await findBrokenStepInProcess(through('http://127.0.0.1:1'))).toEqual({
      at: 'caller: connect',
      detail: expect.stringMatching(/HTTPS_PROXY names the proxy 127\.0\.0\.1:1/),
    });
  });
});

describe('which proxy of the network goes for an address', () => {
  const API = 'https://abc.execute-api.eu-west-1.amazonaws.com/v1';
  test.each<[variables: NodeJS.ProcessEnv, expected: string | undefined]>([
    [{}, undefined],
    [{ HTTPS_PROXY: 'http://p:1' }, 'HTTPS_PROXY ignored'],
    [{ HTTPS_PROXY: 'http://p:1', https_proxy: 'http://q:1', NODE_USE_ENV_PROXY: '1' }, 'https_proxy heeded'],
    [{ HTTPS_PROXY: 'http://p:1', NODE_OPTIONS: '--use-env-proxy' }, 'HTTPS_PROXY heeded'],
    [{ HTTP_PROXY: 'http://p:1' }, undefined],
    [{ HTTPS_PROXY: 'nonsense' }, undefined],
    ...[
      '*',
      'localhost,.amazonaws.com',
      'amazonaws.com',
      '*.amazonaws.com:443',
      'abc.execute-api.eu-west-1.amazonaws.com',
    ].map((NO_PROXY): [NodeJS.ProcessEnv, undefined] => [{ HTTPS_PROXY: 'http://p:1', NO_PROXY }, undefined]),
    [{ HTTPS_PROXY: 'http://p:1', NO_PROXY: 'naws.com, amazonaws.com:80' }, 'HTTPS_PROXY ignored'],
  ])('%j', (variables, expected) => {
    const found = findNetworkProxy(new URL(API), variables);
    expect(found && `${found.variable} ${found.usedByNode ? 'heeded' : 'ignored'}`).toBe(expected);
  });
});
