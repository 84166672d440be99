import type { Context, SQSRecord } from 'aws-lambda';
import { createEventsFile } from '../../../../config/create-events-file.ts';
import type { RelayCommand, RelayRequest } from '../../../../contract/relay-request.ts';
import { CATALOGS } from '../../../../files/catalogs.ts';
import { getEventNames } from '../../../../files/resource-names.ts';
import { createEventsHandler, type EventsHandlerOptions } from '../../../../lambda/events/create-events-handler.ts';
import { createFrontEnvironments } from '../../../../lambda/front/front-environments.ts';
import { EVENT_CONFIG } from '../../../fixtures/event-config.ts';
import { parseTestConfig } from '../../../fixtures/parse-test-config.ts';

export const NOW = Date.parse('2026-11-29T12:00:00Z');
export const REGION = 'ap-southeast-2';
export const ACCOUNT = '111122223333';
export const MESSAGE_ID = '059f36b4-87a3-44ab-83d2-661975830a7d';
export const EVENT_ID = '17793124-05d4-b198-2fde-7ededc63b103';

/** An event of S3, as in AWS's documentation. */
export const S3_EVENT = {
  version: '0',
  id: EVENT_ID,
  'detail-type': 'Object Created',
  source: 'aws.s3',
  account: ACCOUNT,
  time: '2026-11-29T11:59:58Z',
  region: REGION,
  resources: ['arn:aws:s3:::landing'],
  detail: {
    version: '0',
    bucket: { name: 'landing' },
    object: { key: 'in/a b.csv', size: 5, etag: 'b1946ac92492d2347c6235b4d2611184', sequencer: '617f08299329d189' },
    'request-id': 'N4N7GDK58NMKJ12R',
    requester: '123456789012',
    reason: 'PutObject',
  },
};

export const createOrderEvent = (order: unknown, id = EVENT_ID) => ({
  ...S3_EVENT,
  id,
  source: 'shop',
  'detail-type': 'Order',
  detail: { order },
});

export interface TestMessage {
  /** The name of the event in the configuration. */
  readonly event?: string;
  readonly body?: unknown;
  readonly receiveCount?: number;
  readonly ageMs?: number;
  readonly eventSourceARN?: string;
  readonly messageId?: string;
}

const PREFIX = 'proxy-12345678';
export const getQueueArn = (event: string): string =>
  `arn:aws:sqs:${REGION}:${ACCOUNT}:${getEventNames(PREFIX, event).queue}`;

export function createMessage({
  event = 'landing',
  body = S3_EVENT,
  receiveCount = 1,
  ageMs = 1000,
  eventSourceARN = getQueueArn(event),
  messageId = MESSAGE_ID,
}: TestMessage = {}): SQSRecord {
  return {
    messageId,
    receiptHandle: `handle of ${messageId}`,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    attributes: {
      ApproximateReceiveCount: String(receiveCount),
      SentTimestamp: String(NOW - ageMs),
      SenderId: 'AIDAIT2UOQQY3AUEKVGXU',
      ApproximateFirstReceiveTimestamp: String(NOW - ageMs + 5),
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN,
    awsRegion: REGION,
  };
}

export const CONTEXT = {
  awsRequestId: 'lambda-request-id',
  invokedFunctionArn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:consumer`,
  getRemainingTimeInMillis: () => 300_000,
} as Context;

/** What the function did with queues, one text each. */
type QueueCall =
  | { readonly hide: string; readonly handle: string; readonly seconds: number }
  | { readonly send: string; readonly body: string; readonly attributes: Readonly<Record<string, string>> };

/** The answer of a relay to a command. */
export const answer = (status: number, result: string, body: object = {}, retryAfterSeconds?: number): Uint8Array =>
  Buffer.from(
    JSON.stringify({
      status,
      result,
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
      body: { result, ...body },
    }),
  );

export interface TestEventsOptions extends Partial<Pick<EventsHandlerOptions, 'queues'>> {
  readonly config?: string;
  readonly relay?: (request: RelayRequest<RelayCommand>, functionName: string) => Promise<Uint8Array> | Uint8Array;
}

/** The handler with the events of a configuration, and what it sent to relays and queues. */
export function createTestEvents({
  config = EVENT_CONFIG,
  relay = () => answer(200, 'succeeded'),
  queues,
}: TestEventsOptions = {}) {
  const file = createEventsFile(parseTestConfig(config), {
    getRelayName: (environment) => `${PREFIX}-events-${environment}`,
    getQueueNames: (event) => getEventNames(PREFIX, event),
  });
  const requests: RelayRequest<RelayCommand>[] = [];
  const calls: QueueCall[] = [];
  const handler = createEventsHandler({
    file,
    environments: createFrontEnvironments(file, {
      readCatalog: (release) => CATALOGS.read(release),
      readOperations: () => {
        throw new Error('not read');
      },
    }),
    invokeRelay: async ({ functionName }, createPayload, _limits, trace) => {
      trace.queuedMs = 0;
      const request = JSON.parse(createPayload(0));
      requests.push(request);
      return relay(request, functionName);
    },
    queues: queues ?? {
      async hide({ name }, handle, seconds) {
        calls.push({ hide: name, handle, seconds });
      },
      async send({ name }, body, attributes) {
        calls.push({ send: name, body, attributes });
      },
    },
    now: () => NOW,
    random: () => 0.5,
  });
  const receive = (...messages: TestMessage[]) => handler({ Records: messages.map(createMessage) }, CONTEXT);
  return { receive, handler, requests, calls, file };
}
