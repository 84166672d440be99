/** Events on a local stack: delivered several times, in bursts, while the relay loses answers, and a person works. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { runProcess } from '../../local/airflow/run-process.ts';
import { createCredentialVariables } from '../../local/call-instructions.ts';
import type { Delivery } from '../../local/events/event-bus.ts';
import type { LocalEvents } from '../../local/events/start-events.ts';
import type { Principal } from '../../local/iam/principal-store.ts';
import { type LocalStack, type LocalStackOptions, startLocalStack } from '../../local/local-stack.ts';
import { createConfigText } from '../fixtures/create-config-text.ts';
import { sendRequest } from '../local/small-stack.ts';

export const ENVIRONMENT = 'prod';
const ACCOUNT = '111122223333';

const createConfig = (release: string, slots: number) => `${createConfigText({
  environments: { [ENVIRONMENT]: `airflow: ${release}, eventConcurrency: ${slots}` },
  grants: [
    'who: "arn:aws:iam::111122223333:role/person", where: "*", may: ["@read"]',
    'who: "event:landing", where: "*", may: ["dags trigger reporting_daily --conf=*"]',
    'who: "event:orders", where: "*", may: ["dags trigger reporting_* --conf=*", "dags trigger fails_on_purpose --conf=*"]',
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
  readonly configFile: string;
  /** The names of the queue and the dead-letter queue of an event. */
  getQueues(event: string): { readonly queue: string; readonly deadLetterQueue: string };
}

/**
 * @param slots of the event relay
 * @returns the reason if the events cannot be played
 */
export async function startEventStack(
  release: string,
  slots: number,
  options: Partial<LocalStackOptions> = {},
): Promise<EventStack | { readonly unavailable: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'events-'));
  const configFile = join(folder, 'config.yaml');
  const remove = () => rm(folder, { recursive: true });
  try {
    await writeFile(configFile, createConfig(release, slots));
    const stack = await startLocalStack({ configFile, environments: [ENVIRONMENT], ...options });
    const { events, eventsUnavailable = 'there is no real Airflow' } = stack;
    if (events === undefined) {
      await stack.close();
      await remove();
      return { unavailable: eventsUnavailable };
    }
    const find = (event: string) => {
      const { queues } = stack.gateway.model;
      const queue = queues.find(({ name, redrive }) => redrive !== undefined && name.endsWith(`-event-${event}`))!;
      const deadLetterQueue = queues.find(({ arn }) => arn === queue.redrive?.deadLetterArn)!;
      return { queue: queue.name, deadLetterQueue: deadLetterQueue.name };
    };
    const close = async () => {
      await stack.close();
      await remove();
    };
    return { ...stack, events, configFile, getQueues: find, close };
  } catch (error) {
    await remove();
    throw error;
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

/** What a person experienced. */
export interface PersonReport {
  /** How long each answer took, in milliseconds. */
  readonly durations: readonly number[];
  /** The answers that are no result. */
  readonly failures: readonly string[];
  /** The longest time that a request waited for a slot, in milliseconds. */
  readonly queuedMs: number;
}

/** Sends `dags list` again and again until the signal aborts. */
export async function workAsPerson(stack: EventStack, signal: AbortSignal, pauseMs = 500): Promise<PersonReport> {
  const caller = stack.createCaller('person', 'jo');
  const durations: number[] = [];
  const failures: string[] = [];
  while (!signal.aborted) {
    const startedAt = performance.now();
    const { status, text } = await sendRequest(stack, {
      path: `/environments/${ENVIRONMENT}/cli`,
      body: '{"command":"dags list"}',
      caller,
    });
    durations.push(performance.now() - startedAt);
    if (status !== 200) failures.push(text);
    await sleep(pauseMs, undefined, { signal }).catch(() => {});
  }
  const lines = stack.logs.search(/"audit":"request".*role\/person/).map(({ message }) => message);
  const queued = lines.map((line) => Number(/"queuedMs":(\d+)/.exec(line)?.[1] ?? 0));
  return { durations, failures, queuedMs: getMaximum(queued) };
}

const PRELOAD = fileURLToPath(new URL('../../local/gateway/functions/preload-network.ts', import.meta.url));
const MWAA = fileURLToPath(new URL('../../bin/mwaa.ts', import.meta.url));

/** Runs `mwaa redrive EVENT --yes` as an operator. @returns what it prints */
export async function redrive(stack: EventStack, event: string): Promise<string> {
  const { queue, deadLetterQueue } = stack.getQueues(event);
  const { queues } = stack.gateway.model;
  const getArn = (name: string) => queues.find((candidate) => candidate.name === name)!.arn;
  const operator = stack.createCallerInAccount(ACCOUNT, 'operator', 'jo', [
    {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: LOOK_ACTIONS.concat(MOVE_ACTIONS), Resource: getArn(deadLetterQueue) },
        { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: getArn(queue) },
      ],
    },
  ]);
  const { exitCode, stdout, stderr } = await runProcess(
    process.execPath,
    ['--import', PRELOAD, MWAA, 'redrive', event, '--yes', '--config', stack.configFile],
    {
      environment: {
        PATH: process.env.PATH,
        PRELOADED_NETWORK: JSON.stringify(stack.events.network),
        NODE_EXTRA_CA_CERTS: stack.mwaa.caFile,
        ...createCredentialVariables(operator),
      },
    },
  );
  if (exitCode !== 0) throw new Error(`mwaa redrive exited with ${exitCode}: ${stderr}`);
  return stdout;
}

/** As in the help of `mwaa redrive`. */
const LOOK_ACTIONS = ['GetQueueUrl', 'GetQueueAttributes', 'ReceiveMessage', 'ChangeMessageVisibility'].map(
  (name) => `sqs:${name}`,
);
const MOVE_ACTIONS = ['StartMessageMoveTask', 'ListMessageMoveTasks', 'DeleteMessage'].map((name) => `sqs:${name}`);

/** Calls SQS under its own host name, signed. */
export async function callSqs(
  { events, region, mwaa }: EventStack,
  credentials: Principal,
  operation: string,
  input: object,
): Promise<Record<string, unknown>> {
  const hostname = `sqs.${region}.amazonaws.com`;
  const body = JSON.stringify(input);
  const headers = {
    host: hostname,
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': `AmazonSQS.${operation}`,
  };
  const signer = new SignatureV4({ service: 'sqs', region, credentials, sha256: Sha256 });
  const signed = await signer.sign(new HttpRequest({ method: 'POST', hostname, path: '/', headers, body }));
  const [host, port] = events.network[`${hostname}:443`]!.split(':');
  const ca = readFileSync(mwaa.caFile);
  const { status, text } = await new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    request(
      { host, port, servername: hostname, ca, method: 'POST', path: '/', headers: signed.headers },
      (response) => {
        let received = '';
        response.setEncoding('utf8').on('data', (chunk) => {
          received += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode, text: received }));
      },
    )
      .on('error', reject)
      .end(body);
  });
  if (status !== 200) throw new Error(`${operation}: ${status} ${text}`);
  return JSON.parse(text);
}

export const getMaximum = (values: readonly number[]): number => Math.max(0, ...values);
