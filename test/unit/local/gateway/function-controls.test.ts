/** The controls of running functions: another network, signals, throttling. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../../../../local/gateway/start.ts';
import { createPrincipalStore, type Principal } from '../../../../local/iam/principal-store.ts';
import { createFixtureTemplate, writeAssembly } from './assembly-fixture.ts';
import { type ReceivedResponse, sendSigned, signRequest } from './signed-request.ts';

const NETWORK_KEY = 'target.example.com:443';
const TARGET_URL = 'https://target.example.com/';

const principals = createPrincipalStore();
const assembly = writeAssembly(createFixtureTemplate());
const allow = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
let server: Server;
let target: string;
let gateway: Gateway;
let caller: Principal;

beforeAll(async () => {
  // The server does not support TLS: a TLS error shows that the connection reached it.
  server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  target = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  caller = principals.issueCredentials('arn:aws:iam::111122223333:user/u', [allow]);
  gateway = await startGateway({ assemblyDir: assembly.directory, principals, network: {} });
});
beforeEach(() => gateway.controls.setNetwork({ [NETWORK_KEY]: target }));
afterAll(async () => {
  await gateway.close();
  server.close();
  assembly.remove();
});

async function callFunction(instruction: object): Promise<ReceivedResponse> {
  const url = `${gateway.url}/streamed/x`;
  const body = JSON.stringify(instruction);
  return sendSigned(url, await signRequest(caller, url, { body }), body);
}
const getFunctionPid = async () => JSON.parse((await callFunction({ do: 'echo' })).text).pid;

it.each([
  ['not resolved', null, 'ENOTFOUND'],
  ['refused', 'refused', 'ECONNREFUSED'],
])('after setNetwork a name is %s, in the running process and in the next one', async (_how, entry, code) => {
  const pid = await getFunctionPid();
  expect(JSON.parse((await callFunction({ do: 'get', url: TARGET_URL })).text).code).toMatch(
    /^(ERR_SSL|EPROTO|ECONNRESET)/,
  );

  gateway.controls.setNetwork({ [NETWORK_KEY]: entry });
  expect(JSON.parse((await callFunction({ do: 'get', url: TARGET_URL })).text)).toMatchObject({ code });
  expect(await getFunctionPid()).toBe(pid);

  await gateway.controls.endIdle();
  expect(JSON.parse((await callFunction({ do: 'get', url: TARGET_URL })).text)).toMatchObject({ code });
  expect(await getFunctionPid()).not.toBe(pid);
});

it('a connection to a silent port hangs until the function times out', async () => {
  gateway.controls.setNetwork({ [NETWORK_KEY]: 'silent' });
  const before = gateway.logs.search(/Task timed out/).length;

  expect((await callFunction({ do: 'get', url: TARGET_URL })).status).toBe(502);
  expect(gateway.logs.search(/Task timed out/)).toHaveLength(before + 1);
});

it('no function runs while setThrottled is on', async () => {
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
] as const)('%s ends a running invocation, and another process serves the next one', async (signal, line) => {
  const before = { pid: await getFunctionPid(), lines: gateway.logs.search(line).length };
  const started = gateway.logs.search(/^START/).length;
  const response = callFunction({ do: 'wait', ms: 60_000 });
  await expect.poll(() => gateway.logs.search(/^START/).length).toBe(started + 1);
  gateway.controls.signal(signal);

  expect((await response).status).toBe(502);
  expect(gateway.logs.search(line)).toHaveLength(before.lines + 1);
  expect(await getFunctionPid()).not.toBe(before.pid);
});

it('setThrottled and signal can affect one function only', async () => {
  const { name: other } = gateway.model.functions.get('BufferedFunction')!;
  const { name } = gateway.model.functions.get('StreamedFunction')!;
  gateway.controls.setThrottled(true, other);
  expect((await callFunction({ do: 'echo' })).status).toBe(200);
  gateway.controls.setThrottled(false, other);

  const { invocations } = gateway.functionStatistics(name);
  const response = callFunction({ do: 'wait', ms: 300 });
  await expect.poll(() => gateway.functionStatistics(name).invocations).toBe(invocations + 1);
  gateway.controls.signal('SIGKILL', other);
  expect((await response).status).toBe(200);
});
