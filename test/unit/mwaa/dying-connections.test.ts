/** Servers that close connections at every moment. A command runs at most once, and nobody is told that it did not run if it did. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createInvokeRelay } from '../../../lambda/front/queue/create-invoke-relay.ts';
import { createLambdaInvoke } from '../../../lambda/front/queue/create-lambda-invoke.ts';
import { RELAY_REMEDIES } from '../../../lambda/relay/relay-remedies.ts';
import { createSendCommand } from '../../../mwaa/cli/send-command.ts';
import { createPost } from '../../../mwaa/connection/create-post.ts';
import { createCloseAfterTest } from '../close-after-test.ts';
import { createTokens, encodeStreams, HTML_BODY, neverAborted } from './cli-responses.ts';
import {
  CA_CERTIFICATE,
  createLocalhostLookup,
  formatResponseHead,
  type RespondToRequest,
  respondWith,
  startScriptedWebServer,
  TEST_HOST,
} from './scripted-web-server.ts';

const closeAfterTest = createCloseAfterTest();
const NETWORK = { ca: CA_CERTIFICATE, lookup: createLocalhostLookup() };
const CALLERS = 3;
const COMMANDS_OF_EACH = 50;

/** Sends one command. Resolves if the answer was received, or rejects. */
type Send = (command: string) => Promise<unknown>;

interface Sender {
  readonly connect: (port: number) => Send;
  readonly answer: string;
  /** Responses after which the command has not run. */
  readonly refusals: readonly RespondToRequest[];
  /** Whether an error says that the command may have run. */
  readonly isUnknown: (error: { code?: string; name?: string }) => boolean;
}

const RELAY: Sender = {
  connect: (port) => {
    const limits = { connectTimeoutMs: 10_000, postTimeoutMs: 10_000, maxResponseBytes: 100_000 };
    const send = createSendCommand({
      remedies: RELAY_REMEDIES,
      tokens: createTokens('token', TEST_HOST),
      post: createPost('2.10.3', limits, Date.now, { ...NETWORK, port }),
      busyRetryMs: 20_000,
      wait: async () => {},
    });
    return (commandLine) => send({ commandLine, readOnly: false }, neverAborted);
  },
  answer: encodeStreams('out'),
  refusals: [respondWith(503, HTML_BODY), respondWith(403, ''), respondWith(307, '', { location: '/elsewhere' })],
  isUnknown: ({ code }) => code === 'outcome-unknown',
};

const FRONT: Sender = {
  connect: (port) => {
    const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
    const endpoint = `https://${TEST_HOST}:${port}`;
    const invoke = createLambdaInvoke(Date.now, NETWORK, { region: 'eu-west-1', endpoint, credentials });
    const invokeRelay = createInvokeRelay({ invoke, now: Date.now, random: Math.random, sleep: async () => {} });
    return (payload) => {
      const limits = { waitMs: 10_000, slowWaitMs: 10_000, deadline: Date.now() + 10_000 };
      return invokeRelay({ functionName: 'relay-a', slots: 2 }, () => payload, limits, {});
    };
  },
  answer: '{"status":200,"result":"succeeded","body":{}}',
  refusals: [429, 403].map((status) => respondWith(status, '{}')),
  isUnknown: ({ name }) => name === 'RelayOutcomeUnknownError',
};

test.each<[name: string, sender: Sender]>([
  ['the relay', RELAY],
  ['the front', FRONT],
])('%s', async (_name, { connect, answer, refusals, isUnknown }) => {
  const runs = new Map<string, number>();
  const server = closeAfterTest(
    await startScriptedWebServer((socket, request) => {
      if (Math.random() < 0.15) {
        refusals[Math.floor(Math.random() * refusals.length)]!(socket, request);
      } else {
        runs.set(request.body, (runs.get(request.body) ?? 0) + 1);
        const response = formatResponseHead(200, { 'content-length': String(Buffer.byteLength(answer)) }) + answer;
        // Complete, or cut off anywhere.
        const length = Math.random() < 0.8 ? response.length : Math.floor(Math.random() * response.length);
        socket.write(response.slice(0, length));
        if (length < response.length) setTimeout(() => socket.destroy(), 2);
      }
      if (Math.random() < 0.4)
        setTimeout(() => (Math.random() < 0.5 ? socket.destroy() : socket.end()), Math.random() * 5);
    }),
  );
  const send = connect(server.port);
  const wrong: string[] = [];
  const sendMany = async (caller: number) => {
    for (let index = 0; index < COMMANDS_OF_EACH; index += 1) {
      const command = `dags trigger ${caller}-${index}`;
      const said = await send(command).then(
        () => 'ran',
        (error) => (isUnknown(error) ? 'may have run' : `did not run: ${error}`),
      );
      const count = runs.get(command) ?? 0;
      if (count > 1 || (said === 'ran' ? count === 0 : said !== 'may have run' && count > 0)) {
        wrong.push(`${command} ran ${count} times: ${said}`);
      }
      await sleep(Math.random() * 4);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, (_, caller) => sendMany(caller)));
  expect(wrong).toEqual([]);
  expect(server.connections.length).toBeGreaterThan(CALLERS);
});
