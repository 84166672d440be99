/** Events whose commands can never succeed, one for each kind of reason. */
import { isDeepStrictEqual } from 'node:util';
import type { EventStack } from './run-events.ts';

export interface PoisonedEvent {
  readonly kind: string;
  /** The attribute `problem` of the message in the dead-letter queue. */
  readonly problem: string;
  /** What its attribute `detail` says. */
  readonly detail: RegExp;
  /** The body of a message that did not come from EventBridge, or the detail of an event of the shop. */
  readonly body?: string;
  readonly detailOfEvent?: Readonly<Record<string, unknown>>;
}

/** A DAG that the orders may trigger, and that Airflow does not know at first. */
export const MISSING_DAG = 'fails_on_purpose';

const order = (order: string, changes: Readonly<Record<string, unknown>> = {}) => ({
  dag: 'reporting_daily',
  note: 'n',
  order,
  ...changes,
});

/** An event that succeeds. One of the poisoned ones has its key, with another command. */
export const GOOD_ORDER = order('good');

export const POISONED_EVENTS: readonly PoisonedEvent[] = [
  { kind: 'no JSON', problem: 'malformed-request', detail: /not JSON/, body: 'not JSON' },
  { kind: 'no event', problem: 'malformed-request', detail: /not an event/, body: '{"hello":"world"}' },
  {
    kind: 'no value for a placeholder',
    problem: 'invalid-command',
    detail: /\{detail\.note\}/,
    detailOfEvent: order('p1', { note: undefined }),
  },
  { kind: 'no value for the key', problem: 'invalid-command', detail: /detail\.order/, detailOfEvent: order('') },
  {
    kind: 'a DAG that is not granted',
    problem: 'not-granted',
    detail: /dag_id must match reporting_\*/,
    detailOfEvent: order('p2', { dag: 'daily_report' }),
  },
  {
    kind: 'an option as a DAG',
    problem: 'invalid-command',
    detail: /--help/,
    detailOfEvent: order('p3', { dag: '--help' }),
  },
  {
    kind: 'an object as a DAG',
    problem: 'not-granted',
    detail: /dag_id must match/,
    detailOfEvent: order('p4', { dag: { id: 'reporting_daily' } }),
  },
  {
    kind: 'a value that is too long',
    problem: 'request-too-large',
    detail: /200031 bytes/,
    detailOfEvent: order('p5', { note: 'x'.repeat(200_000) }),
  },
  {
    kind: 'the key of another command',
    problem: 'key-reused',
    detail: /another conf/,
    detailOfEvent: order('good', { note: 'other' }),
  },
  {
    kind: 'a DAG that Airflow does not know',
    problem: 'command-failed',
    detail: /fails_on_purpose/,
    detailOfEvent: order('p6', { dag: MISSING_DAG }),
  },
];

/** Publishes an event of the shop. */
export const publishOrder = ({ events }: EventStack, detail: object): Promise<string[]> =>
  events.publish([{ source: 'shop', detailType: 'Order', detail }]);

/** Which of the events a message of the dead-letter queue is. */
export const findPoisoned = (body: string): PoisonedEvent | undefined =>
  POISONED_EVENTS.find((event) =>
    event.body === undefined
      ? isDeepStrictEqual(readDetail(body), JSON.parse(JSON.stringify(event.detailOfEvent)))
      : event.body === body,
  );

function readDetail(body: string): unknown {
  try {
    return (JSON.parse(body) as { detail?: unknown }).detail;
  } catch {
    return undefined;
  }
}

export async function publishPoisoned(stack: EventStack): Promise<void> {
  const { events, getQueues } = stack;
  const { url } = stack.gateway.model.queues.find(({ name }) => name === getQueues('orders').queue)!;
  for (const { body, detailOfEvent } of POISONED_EVENTS) {
    if (body !== undefined) await events.client.call('sqs', 'SendMessage', { QueueUrl: url, MessageBody: body });
    if (detailOfEvent !== undefined) await publishOrder(stack, detailOfEvent);
  }
  await events.waitUntilDelivered();
}
