/** A function reaches what the table names by its public name, certificate included, and nothing else. */
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../../../../local/gateway/start.ts';
import { createPrincipalStore, type Principal } from '../../../../local/iam/principal-store.ts';
import { createCertificateAuthority } from '../../../../local/mwaa/certificate-authority.ts';
import { createFixtureTemplate, writeAssembly } from './assembly-fixture.ts';
import { sendSigned, signRequest } from './signed-request.ts';

const NAME = 'env.airflow.ap-southeast-2.amazonaws.com';
const ALLOW = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };

const principals = createPrincipalStore();
const assembly = writeAssembly(createFixtureTemplate());
let server: Server;
let gateway: Gateway;
let caller: Principal;
let connections = 0;
let target: string;

beforeAll(async () => {
  const authority = await createCertificateAuthority(assembly.directory);
  server = createServer(await authority.issueCertificate(NAME), (request, response) => {
    response.end(`hello ${request.headers.host} ${(request.socket as { servername?: string }).servername}`);
  });
  server.on('secureConnection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  target = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  caller = principals.issueCredentials('arn:aws:iam::111122223333:user/u', [ALLOW]);
  gateway = await startGateway({
    assemblyDir: assembly.directory,
    principals,
    caFile: authority.file,
    network: {
      [`${NAME}:443`]: target,
      'other.example.com:443': target,
      [`${NAME}:8443`]: target,
      'gone.example.com:443': null,
      [target]: target,
    },
  });
});

afterAll(async () => {
  await gateway.close();
  server.close();
  assembly.remove();
});

/** Of a function in the VPC, unless another path is given. */
async function runInFunction(what: unknown, path = '/streamed/x'): Promise<unknown> {
  const url = gateway.url + path;
  const body = JSON.stringify(what);
  return JSON.parse((await sendSigned(url, await signRequest(caller, url, { body }), body)).text);
}

it('by its name, over a connection that is kept', async () => {
  const first = await runInFunction({ do: 'get', url: `https://${NAME}/` });
  const second = await runInFunction({ do: 'get', url: `https://${NAME}/` });

  expect(first).toEqual({ status: 200, text: `hello ${NAME} ${NAME}` });
  expect(second).toEqual(first);
  expect(connections).toBe(1);
});

it('with fetch', async () => {
  expect(await runInFunction({ do: 'fetch', url: `https://${NAME}/` })).toEqual({ text: `hello ${NAME} ${NAME}` });
});

it.each([
  ['a certificate of another name', 'https://other.example.com/', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ['a name that is not in the table', 'https://example.com/', 'ENOTFOUND'],
  ['a name that does not resolve', 'https://gone.example.com/', 'ENOTFOUND'],
  ['a port the security group keeps in', `https://${NAME}:8443/`, 'ETIMEDOUT'],
  ['an address of the outside', 'https://192.0.2.1/', 'ETIMEDOUT'],
  ['the machine it runs on', 'https://localhost/', 'ECONNREFUSED'],
])('not %s', async (_what, url, code) => {
  expect(await runInFunction({ do: 'get', url })).toMatchObject({ code });
});

it('by looking the name up first', async () => {
  expect(await runInFunction({ do: 'lookup', name: NAME })).toEqual({
    address: expect.stringMatching(/^10\./),
    family: 4,
  });
  expect(await runInFunction({ do: 'lookup', name: 'example.com' })).toMatchObject({ code: 'ENOTFOUND' });
});

it('at a port of this machine that the table names, outside the VPC only', async () => {
  // The certificate is for a name: that it is looked at shows that the connection was made.
  const reached = { code: 'ERR_TLS_CERT_ALTNAME_INVALID' };
  const closed = { code: 'ECONNREFUSED' };

  expect(await runInFunction({ do: 'get', url: `https://${target}/` }, '/buffered')).toMatchObject(reached);
  expect(await runInFunction({ do: 'get', url: `https://${target}/` })).toMatchObject(closed);
  expect(await runInFunction({ do: 'get', url: 'https://127.0.0.1:9/' }, '/buffered')).toMatchObject(closed);
  expect(
    await runInFunction({ do: 'get', url: `https://${target.replace('127.0.0.1', 'localhost')}/` }, '/buffered'),
  ).toMatchObject(closed);
});

it('outside the VPC, whatever the table names, at any port', async () => {
  const found = { status: 200, text: `hello ${NAME}:8443 ${NAME}` };
  expect(await runInFunction({ do: 'get', url: `https://${NAME}:8443/` }, '/buffered')).toEqual(found);
});
