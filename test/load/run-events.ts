/** Events on a local stack: delivered several times, in bursts, while the relay loses answers, and a person works. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Delivery } from '../../local/events/event-bus.ts';
import type { LocalEvents } from '../../local/events/start-events.ts';
import { type LocalStack, type LocalStackOptions, startLocalStack } from '../../local/local-stack.ts';
import { createConfigText } from '../fixtures/create-config-text.ts';
import { sendRequest } from '../local/small-stack.ts';

export const ENVIRONMENT = 'prod';

const createConfig = (release: string) => `${createConfigText({
  environments: { [ENVIRONMENT]: `airflow: ${release}` },
  grants: [
    'who: "arn:aws:iam::111122223333:role/person", where: "*", may: ["@read"]',
    'who: "event:landing", where: "*", may: ["dags trigger reporting_daily --conf=*"]',
    'who: "event:orders", where: "*", may: ["dags trigger reporting_* --conf=*"]',
    'who: "event:hourly", where: "*", may: ["dags trigger daily_report"]',
  ],
})}
events:
  landing:
    environment: ${ENVIRONMENT}
    pattern: { source: [aws.s3], detail-type: [Object Created], detail: { bucket: { name: [landing] } } }
    run: dags trigger reporting_daily --conf='{"bucket":"{bucket}","file":"{key}"}'
  orders:
    environment: ${ENVIRONMENT}
    pattern: { source: [shop] }
    run: dags trigger {detail.dag} --conf='{"order":"{detail.order}","note":"{detail.note}"}'
    sameEvent: [detail.order]
  hourly:
    environment: ${ENVIRONMENT}
    schedule: rate(1 hour)
    run: dags trigger daily_report
operations: { redriveRoles: ["arn:aws:iam::111122223333:role/operator"] }
`;

export interface EventStack extends LocalStack {
  readonly events: LocalEvents;
  /** The names of the queue and the dead-letter queue of an event. */
  getQueues(event: string): { readonly queue: string; readonly deadLetterQueue: string };
}

/** @returns the reason if the events cannot be played */
export async function startEventStack(
  release: string,
  options: Partial<LocalStackOptions> = {},
): Promise<EventStack | { readonly unavailable: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'events-'));
  const configFile = join(folder, 'config.yaml');
  try {
    await writeFile(configFile, createConfig(release));
    const stack = await startLocalStack({ configFile, environments: [ENVIRONMENT], ...options });
    const { events, eventsUnavailable = 'there is no real Airflow' } = stack;
    if (events === undefined) {
      await stack.close();
      return { unavailable: eventsUnavailable };
    }
    const find = (event: string) => {
      const { queues } = stack.gateway.model;
      const queue = queues.find(({ name, redrive }) => redrive !== undefined && name.endsWith(`-event-${event}`))!;
      const deadLetterQueue = queues.find(({ arn }) => arn === queue.redrive?.deadLetterArn)!;
      return { queue: queue.name, deadLetterQueue: deadLetterQueue.name };
    };
    return { ...stack, events, getQueues: find };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** One to three times, at most `spreadMs` apart. Which one is the same every time. */
export const createRepeatedDelivery =
  (spreadMs: number) =>
  (body: string): Delivery => {
    const number = hash(body);
    return {
      delays: Array.from({ length: 1 + (number % 3) }, (_, index) => (index * spreadMs * (1 + (number % 7))) / 7),
    };
  };

function hash(text: string): number {
  let value = 7;
  for (const character of text) value = (value * 31 + character.charCodeAt(0)) % 1_000_003;
  return value;
}

/** Publishes objects of S3 in bursts. @returns the keys */
export async function publishObjects(
  { events }: EventStack,
  { count, burst, pauseMs }: { readonly count: number; readonly burst: number; readonly pauseMs: number },
): Promise<string[]> {
  const keys = Array.from({ length: count }, (_, index) => `in/${String(index).padStart(4, '0')} it's.csv`);
  for (let start = 0; start < count; start += burst) {
    await events.publish(
      keys.slice(start, start + burst).map((key) => ({
        source: 'aws.s3',
        detailType: 'Object Created',
        detail: {
          bucket: { name: 'landing' },
          object: { key, size: 12, sequencer: `00${key.length}${key.slice(3, 7)}` },
        },
      })),
    );
    await sleep(pauseMs);
  }
  await events.waitUntilDelivered();
  return keys;
}

/** Waits until a queue has no messages. Throws when the time is over. */
export async function waitUntilEmpty({ events }: EventStack, queue: string, seconds: number): Promise<void> {
  const until = performance.now() + 1000 * seconds;
  for (;;) {
    const { visible, hidden } = await events.countMessages(queue);
    if (visible + hidden === 0) return;
    if (performance.now() > until)
      throw new Error(`${queue} still has ${visible} visible and ${hidden} hidden messages.`);
    await sleep(100);
  }
}

/** The runs of a DAG in the databases of the real Airflows, with their conf as Python or JSON text. */
export function readRuns(
  { environments }: LocalStack,
  dag: string,
): { readonly runId: string; readonly conf: string }[] {
  return environments.flatMap(({ home }) => {
    if (home === undefined) throw new Error('There is no real Airflow.');
    const database = new DatabaseSync(home.database, { readOnly: true, timeout: 30_000 });
    try {
      const rows = database.prepare('SELECT run_id, conf FROM dag_run WHERE dag_id = ?').all(dag);
      return rows.map(({ run_id, conf }) => ({
        runId: String(run_id),
        conf: conf instanceof Uint8Array ? Buffer.from(conf).toString('latin1') : String(conf),
      }));
    } finally {
      database.close();
    }
  });
}

/** How long a person waited for an answer, in milliseconds. */
export interface PersonReport {
  readonly durations: readonly number[];
  /** The longest time in the queue for a slot. */
  readonly longestQueueMs: number;
  readonly failures: readonly string[];
}

/** Sends `dags list` again and again until the signal aborts. */
export async function workAsPerson(stack: EventStack, signal: AbortSignal, pauseMs = 500): Promise<PersonReport> {
  const caller = stack.createCaller('person', 'jo');
  const durations: number[] = [];
  const failures: string[] = [];
  let longestQueueMs = 0;
  while (!signal.aborted) {
    const startedAt = performance.now();
    const { status, text, body } = await sendRequest(stack, {
      path: `/environments/${ENVIRONMENT}/cli`,
      body: '{"command":"dags list"}',
      caller,
    });
    durations.push(performance.now() - startedAt);
    if (status === 200) longestQueueMs = Math.max(longestQueueMs, Number(body.queuedMs ?? 0));
    else failures.push(text);
    await sleep(pauseMs, undefined, { signal }).catch(() => {});
  }
  return { durations, longestQueueMs, failures };
}

export const getMaximum = (values: readonly number[]): number => Math.max(0, ...values);
