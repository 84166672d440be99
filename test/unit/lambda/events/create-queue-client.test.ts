import { afterEach, expect, test, vi } from 'vitest';
import { createQueueClient } from '../../../../lambda/events/create-queue-client.ts';
import { createCloseAfterTest } from '../../close-after-test.ts';
import {
  CA_CERTIFICATE,
  closeConnection,
  createLocalhostLookup,
  type RespondToRequest,
  respondWith,
  startScriptedWebServer,
  TEST_HOST,
} from '../../mwaa/scripted-web-server.ts';

const closeAfterTest = createCloseAfterTest();
afterEach(() => vi.unstubAllEnvs());

const QUEUE = { account: '111122223333', name: 'proxy-event-landing' };
const OK = respondWith(200, '{}');

async function createTestClient(...actions: RespondToRequest[]) {
  const server = closeAfterTest(await startScriptedWebServer(...actions));
  const origin = `https://${TEST_HOST}:${server.port}`;
  vi.stubEnv('AWS_ENDPOINT_URL_SQS', origin);
  const pauses: number[] = [];
  const client = createQueueClient({
    region: 'eu-west-1',
    now: Date.now,
    sleep: async (milliseconds) => void pauses.push(milliseconds),
    network: { ca: CA_CERTIFICATE, lookup: createLocalhostLookup() },
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' },
  });
  return { client, server, origin, pauses };
}

test('hides a message', async () => {
  const { client, server, origin } = await createTestClient(OK);

  await client.hide(QUEUE, 'handle', 90);

  expect(server.received).toMatchObject([
    {
      method: 'POST',
      path: '/',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'AmazonSQS.ChangeMessageVisibility',
        'x-amz-security-token': 'token',
        authorization: expect.stringMatching(
          /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/sqs\/aws4_request, /,
        ),
      },
    },
  ]);
  expect(JSON.parse(server.received[0]!.body)).toEqual({
    QueueUrl: `${origin}/111122223333/proxy-event-landing`,
    ReceiptHandle: 'handle',
    VisibilityTimeout: 90,
  });
});

test('sends a message with attributes', async () => {
  const { client, server } = await createTestClient(OK);

  await client.send(QUEUE, '{"a":"ä"}', { problem: 'command-failed' });

  expect(server.received[0]!.headers['x-amz-target']).toBe('AmazonSQS.SendMessage');
  expect(JSON.parse(server.received[0]!.body)).toMatchObject({
    MessageBody: '{"a":"ä"}',
    MessageAttributes: { problem: { DataType: 'String', StringValue: 'command-failed' } },
  });
});

test.each<[what: string, failure: RespondToRequest]>([
  ['a lost connection', closeConnection],
  ['an error of SQS', respondWith(503, '{"__type":"com.amazonaws.sqs#RequestThrottled"}')],
])('tries again after %s', async (_what, failure) => {
  const { client, server, pauses } = await createTestClient(failure, OK);

  await client.hide(QUEUE, 'handle', 90);

  expect(server.received).toHaveLength(2);
  expect(pauses).toHaveLength(1);
});

test('gives up after three tries, with the name of the error and without its message', async () => {
  const error = respondWith(400, '{"__type":"com.amazonaws.sqs#ReceiptHandleIsInvalid","message":"secret"}');
  const { client, server } = await createTestClient(error, error, error);

  await expect(client.hide(QUEUE, 'handle', 90)).rejects.toThrow(
    /^ChangeMessageVisibility failed: 400 ReceiptHandleIsInvalid$/,
  );
  expect(server.received).toHaveLength(3);
});

test('calls SQS in the region of the function', async () => {
  const hosts: string[] = [];
  const client = createQueueClient({
    region: 'cn-north-1',
    now: Date.now,
    sleep: async () => {},
    network: {
      lookup(host, _options, callback) {
        hosts.push(host);
        callback(new Error('no network') as never, []);
      },
    },
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
  });

  await expect(client.hide(QUEUE, 'handle', 90)).rejects.toThrow();
  expect(new Set(hosts)).toEqual(new Set(['sqs.cn-north-1.amazonaws.com.cn']));
});
