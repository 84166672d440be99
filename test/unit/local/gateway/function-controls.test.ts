/** What can be done to running functions from outside: another network, an early end, no more of them. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../../../../local/gateway/start.ts';
import { createPrincipalStore, type Principal } from '../../../../local/iam/principal-store.ts';
import { createFixtureTemplate, writeAssembly } from './assembly-fixture.ts';
import { type ReceivedResponse, sendSigned, signRequest } from './signed-request.ts';

const KEY = 'played.example.com:443';
const URL_PLAYED = 'https://played.example.com/';

const principals = createPrincipalStore();
const assembly = writeAssembly(createFixtureTemplate());
const allow = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
let server: Server;
let target: string;
let gateway: Gateway;
let caller: Principal;

beforeAll(async () => {
  // It speaks no TLS: enough to see that the connection was led there.
  server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  target = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  caller = principals.issueCredentials('arn:aws:iam::111122223333:user/u', [allow]);
  gateway = await startGateway({ assemblyDir: assembly.directory, principals, network: {} });
});
beforeEach(() => gateway.controls.setNetwork({ [KEY]: target }));
afterAll(async () => {
  await gateway.close();
  server.close();
  assembly.remove();
});

async function callFunction(order: object): Promise<ReceivedResponse> {
  const url = `${gateway.url}/streamed/x`;
  const body = JSON.stringify(order);
  return sendSigned(url, await signRequest(caller, url, { body }), body);
}
const getFunctionPid = async () => JSON.parse((await callFunction({ do: 'echo' })).text).pid;

it.each([
  ['not resolved', null, 'ENOTFOUND'],
  ['refused', 'refused', 'ECONNREFUSED'],
])('a name is %s from now on, in the process there is and in the next', async (_how, reach, code) => {
  const before = await getFunctionPid();
  expect(JSON.parse((await callFunction({ do: 'get', url: URL_PLAYED })).text).code).toMatch(
    /^(ERR_SSL|EPROTO|ECONNRESET)/,
  );

  gateway.controls.setNetwork({ [KEY]: reach });
  expect(JSON.parse((await callFunction({ do: 'get', url: URL_PLAYED })).text)).toMatchObject({ code });
  expect(await getFunctionPid()).toBe(before);

  await gateway.controls.endIdle();
  expect(JSON.parse((await callFunction({ do: 'get', url: URL_PLAYED })).text)).toMatchObject({ code });
  expect(await getFunctionPid()).not.toBe(before);
});

it('a silent port is waited for, until Lambda ends the function', async () => {
  gateway.controls.setNetwork({ [KEY]: 'silent' });
  const before = gateway.logs.search(/Task timed out/).length;

  expect((await callFunction({ do: 'get', url: URL_PLAYED })).status).toBe(502);
  expect(gateway.logs.search(/Task timed out/)).toHaveLength(before + 1);
});

it('nothing runs while it is throttled', async () => {
  gateway.controls.setThrottled(true);
  const started = gateway.logs.search(/^START/).length;
  expect((await callFunction({ do: 'echo' })).status).toBe(500);
  expect(gateway.logs.search(/^START/)).toHaveLength(started);

  gateway.controls.setThrottled(false);
  expect((await callFunction({ do: 'echo' })).status).toBe(200);
});

it.each([
  ['SIGKILL', /Runtime exited with error: signal: killed/],
  ['SIGSTOP', /Task timed out/],
] as const)('%s ends what runs, and the next call is served by another process', async (signal, line) => {
  const before = { pid: await getFunctionPid(), lines: gateway.logs.search(line).length };
  const started = gateway.logs.search(/^START/).length;
  const answer = callFunction({ do: 'wait', ms: 60_000 });
  await expect.poll(() => gateway.logs.search(/^START/).length).toBe(started + 1);
  gateway.controls.signal(signal);

  expect((await answer).status).toBe(502);
  expect(gateway.logs.search(line)).toHaveLength(before.lines + 1);
  expect(await getFunctionPid()).not.toBe(before.pid);
});
