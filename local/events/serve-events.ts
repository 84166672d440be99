/**
 * Accepts events over HTTP from the developer's shell, and shows the queues. Only requests with JSON are accepted, so that no web page in a browser
 * can send one.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Queue } from '../gateway/template/gateway-model.ts';
import { readBody } from '../read-body.ts';
import type { PublishedEvent } from './event-bus.ts';
import type { LocalEvents } from './start-events.ts';

export interface ServedEvents {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  close(): Promise<void>;
}

type EventService = Pick<LocalEvents, 'publish' | 'triggerSchedule' | 'countMessages' | 'peekMessages'>;

/**
 * - `POST` an event `{"source", "detail-type", "detail"}`: publishes it.
 * - `POST` `{"schedule": NAME}`: sends the event of a schedule.
 * - `GET`: shows the messages in the queues, and the reasons of those in the dead-letter queues.
 */
export async function serveEvents(events: EventService, queues: readonly Queue[]): Promise<ServedEvents> {
  const server = createServer((request, response) => {
    answer(events, queues, request).then(
      (output) => send(response, 200, output),
      (error: Error) => send(response, error instanceof InvalidEvent ? 400 : 500, { error: error.message }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

class InvalidEvent extends Error {}

async function answer(events: EventService, queues: readonly Queue[], request: IncomingMessage): Promise<object> {
  if (request.method === 'GET') return describeQueues(events, queues);
  if (request.method !== 'POST' || request.headers['content-type'] !== 'application/json')
    throw new InvalidEvent("Send a POST with -H 'content-type: application/json'.");
  const event = parse((await readBody(request)).toString('utf8'));
  if (typeof event.schedule === 'string') {
    const { schedule } = event;
    const id = await events.triggerSchedule(schedule).catch((error: Error) => {
      throw new InvalidEvent(error.message);
    });
    return { id };
  }
  const [id] = await events.publish([toPublishedEvent(event)]);
  return { id };
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Reported below.
  }
  throw new InvalidEvent('The body must be a JSON object.');
}

/** Accepts the members of an event as EventBridge delivers it. Those that EventBridge sets itself are ignored. */
function toPublishedEvent(event: Readonly<Record<string, unknown>>): PublishedEvent {
  const { source, detail, resources, time, bus } = event;
  const detailType = event['detail-type'];
  if (typeof source !== 'string' || typeof detailType !== 'string' || typeof detail !== 'object' || detail === null)
    throw new InvalidEvent('An event needs the texts "source" and "detail-type", and the object "detail".');
  return {
    source,
    detailType,
    detail,
    ...(Array.isArray(resources) ? { resources: resources.map(String) } : {}),
    ...(typeof time === 'string' ? { time: new Date(time) } : {}),
    ...(typeof bus === 'string' ? { bus } : {}),
  };
}

async function describeQueues(events: EventService, queues: readonly Queue[]): Promise<object> {
  const sources = queues.filter(({ redrive }) => redrive !== undefined);
  const described = await Promise.all(
    sources.map(async ({ name, redrive }) => {
      const deadLetterQueue = queues.find(({ arn }) => arn === redrive?.deadLetterArn)!;
      const dead = await events.peekMessages(deadLetterQueue.name);
      return [
        name,
        {
          waiting: await events.countMessages(name),
          dead: dead.map(({ Body, MessageAttributes = {} }) => ({
            ...Object.fromEntries(
              Object.entries(MessageAttributes).map(([attribute, { StringValue }]) => [attribute, StringValue]),
            ),
            body: Body,
          })),
        },
      ];
    }),
  );
  return Object.fromEntries(described);
}

function send(response: ServerResponse, status: number, output: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(`${JSON.stringify(output, undefined, 2)}\n`);
}
