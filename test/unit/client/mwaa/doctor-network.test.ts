/** `mwaa doctor` with network failures: names, ports, certificates, proxies. */
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
  for (const closeable of [api, ...closeables]) closeable.close();
  rmSync(folder, { recursive: true });
});

const variablesFor = (url: string, more: NodeJS.ProcessEnv = {}) => ({
  ...AWS_KEYS,
  MWAA_CLI_PROXY_URL: url,
  MWAA_ENVIRONMENT: 'prod',
  ...more,
});
const trustVariables = () => ({ NODE_EXTRA_CA_CERTS: authority.file });

describe('mwaa doctor finds', () => {
  test.each<[cause: string, url: string, step: string, remedy: RegExp]>([
    [
      'a host name that does not exist',
      'https://abc123.execute-api.eu-west-1.amazonaws.invalid/v1',
      'name resolution',
      /does not exist here.*VPN/,
    ],
    [
      'a port on which no server listens',
      'http://127.0.0.1:1/v1',
      'connect',
      /ECONNREFUSED.*Nothing listens.*npm start/,
    ],
  ])('%s', async (_cause, url, step, remedy) => {
    expect(await findBrokenStep(variablesFor(url))).toEqual({
      at: `caller: ${step}`,
      detail: expect.stringMatching(remedy),
    });
  });
});

describe('getConnectionRemedy', () => {
  test.each<[code: string, url: string, remedy: RegExp]>([
    [
      'ENOTFOUND',
      'https://abc.execute-api.eu-west-1.amazonaws.com/v1',
      /no such API in this region, or it is a private API/,
    ],
    ['EAI_AGAIN', 'https://airflow.example.com', /No DNS server responds/],
  ])('explains %s of name resolution for %s', async (code, url, remedy) => {
    expect(await getRemedyFor('name resolution', code, url)).toMatch(remedy);
  });

  test.each<[code: string, url: string, remedy: RegExp]>([
    ['ETIMEDOUT', 'https://airflow.example.com', /no route to it, or a firewall drops the packets.*VPN.*port 443/],
    ['EHOSTUNREACH', 'https://airflow.example.com', /no route/],
    ['ENETUNREACH', 'https://airflow.example.com', /no route/],
    ['ETIMEDOUT', 'http://airflow.example.com', /HTTPS only/],
  ])('explains %s of a connection to %s', async (code, url, remedy) => {
    expect(await getRemedyFor('connect', code, url)).toMatch(remedy);
  });

  test('mentions a network proxy that Node.js does not use', async () => {
    const remedy = await getRemedyFor('connect', 'ETIMEDOUT', 'https://airflow.example.com', {
      HTTPS_PROXY: 'http://proxy.example.com:3128',
    });
    expect(remedy).toMatch(/HTTPS_PROXY is set, but Node.js uses it only with NODE_USE_ENV_PROXY=1/);
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

describe('mwaa doctor checks TLS and', () => {
  test('accepts a certificate of a trusted authority', async () => {
    expect(await findBrokenStepInProcess(variablesFor(api.url, trustVariables()))).toBeUndefined();
  });

  test('names the issuer of an untrusted certificate, and how to trust it', async () => {
    expect(await findBrokenStep(variablesFor(api.url))).toEqual({
      at: 'caller: TLS',
      detail: expect.stringMatching(/mwaa-cli-proxy, Laptop stand-in.*NODE_EXTRA_CA_CERTS/),
    });
  });

  test('names the host of a certificate for another host', async () => {
    const other = await startDoctorApi(await authority.issueCertificate('portal.example.com'));
    closeables.push(other);
    expect(await findBrokenStepInProcess(variablesFor(other.url, trustVariables()))).toEqual({
      at: 'caller: TLS',
      detail: expect.stringMatching(/ERR_TLS_CERT_ALTNAME_INVALID.*certificate is for portal\.example\.com/),
    });
  });

  test('compares the dates of an expired certificate with the clock', async () => {
    const year = new Date().getUTCFullYear();
    expect(await getRemedyFor('TLS', 'CERT_HAS_EXPIRED', api.url)).toMatch(
      new RegExp(`valid from .*${year}.* to .*${year}.*clock of this machine shows .*${year}.*set the clock`),
    );
  });

  test('finds a server without TLS', async () => {
    const plain = await startDoctorApi();
    closeables.push(plain);
    expect(await findBrokenStep(variablesFor(plain.url.replace('http:', 'https:')))).toEqual({
      at: 'caller: TLS',
      detail: expect.stringMatching(/does not speak TLS.*http:\/\//),
    });
  });

  test('finds a handshake that is cut off', async () => {
    const resettingServer: Server = createServer((socket) => socket.once('data', () => socket.resetAndDestroy()));
    closeables.push(resettingServer);
    expect(
      await findBrokenStep(variablesFor(`https://localhost:${await listenOnLoopback(resettingServer)}/v1`)),
    ).toEqual({
      at: 'caller: TLS',
      detail: expect.stringMatching(/ECONNRESET.*firewall or proxy/),
    });
  });
});

describe('mwaa doctor checks a network proxy and', () => {
  /** Accepts CONNECT with the status 200, or rejects it with another. */
  async function startTunnelProxy(status: number): Promise<string> {
    const server: HttpServer = createHttpServer();
    server.on('connect', ({ url = '' }, socket) => {
      socket.on('error', () => {});
      if (status !== 200) return socket.end(`HTTP/1.1 ${status} Refused\r\ncontent-length: 0\r\n\r\n`);
      const upstream = connect(Number(url.split(':')[1]), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
      return upstream.on('error', () => socket.destroy());
    });
    closeables.push(server);
    return `http://127.0.0.1:${await listenOnLoopback(server)}`;
  }
  const variablesForProxy = (proxy: string) =>
    variablesFor(api.url, { ...trustVariables(), HTTPS_PROXY: proxy, NODE_USE_ENV_PROXY: '1' });

  test('accepts one that allows the API', async () => {
    expect(await findBrokenStepInProcess(variablesForProxy(await startTunnelProxy(200)))).toBeUndefined();
  });

  test.each<[status: number, remedy: RegExp]>([
    [407, /HTTPS_PROXY: the proxy requires a user and password/],
    [403, /HTTPS_PROXY: the proxy does not allow connections to localhost:\d+ \(403\)/],
  ])('finds one that responds with %i', async (status, remedy) => {
    expect(await findBrokenStepInProcess(variablesForProxy(await startTunnelProxy(status)))).toEqual({
      at: 'caller: TLS',
      detail: expect.stringMatching(remedy),
    });
  });

  test('finds one that inspects TLS', async () => {
    const variables = { ...variablesForProxy(await startTunnelProxy(200)), NODE_EXTRA_CA_CERTS: '' };
    expect(await findBrokenStepInProcess(variables)).toEqual({
      at: 'caller: TLS',
      detail: expect.stringMatching(/which this machine does not trust.*NODE_EXTRA_CA_CERTS/),
    });
  });

  test('finds one that cannot be reached', async () => {
    expect(await findBrokenStepInProcess(variablesForProxy('http://127.0.0.1:1'))).toEqual({
      at: 'caller: connect',
      detail: expect.stringMatching(/HTTPS_PROXY is set to the proxy 127\.0\.0\.1:1/),
    });
  });
});

describe('findNetworkProxy', () => {
  const API = 'https://abc.execute-api.eu-west-1.amazonaws.com/v1';
  test.each<[variables: NodeJS.ProcessEnv, expected: string | undefined]>([
    [{}, undefined],
    [{ HTTPS_PROXY: 'http://p:1' }, 'HTTPS_PROXY unused'],
    [{ HTTPS_PROXY: 'http://p:1', https_proxy: 'http://q:1', NODE_USE_ENV_PROXY: '1' }, 'https_proxy used'],
    [{ HTTPS_PROXY: 'http://p:1', NODE_OPTIONS: '--use-env-proxy' }, 'HTTPS_PROXY used'],
    [{ HTTP_PROXY: 'http://p:1' }, undefined],
    [{ HTTPS_PROXY: 'nonsense' }, undefined],
    ...[
      '*',
      'localhost,.amazonaws.com',
      'amazonaws.com',
      '*.amazonaws.com:443',
      'abc.execute-api.eu-west-1.amazonaws.com',
    ].map((NO_PROXY): [NodeJS.ProcessEnv, undefined] => [{ HTTPS_PROXY: 'http://p:1', NO_PROXY }, undefined]),
    [{ HTTPS_PROXY: 'http://p:1', NO_PROXY: 'naws.com, amazonaws.com:80' }, 'HTTPS_PROXY unused'],
  ])('with %j returns %s', (variables, expected) => {
    const proxy = findNetworkProxy(new URL(API), variables);
    expect(proxy && `${proxy.variable} ${proxy.usedByNode ? 'used' : 'unused'}`).toBe(expected);
  });
});
