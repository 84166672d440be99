/**
 * Sends many requests to a built function in this process: `node --expose-gc many-requests.cjs relay|front CODE_FILE REQUESTS`. Writes the
 * memory to IPC after each tenth of the requests.
 */
import { createFrontEvent, createRelayEvent } from '../requests.ts';

/** Memory after a number of requests, in MB. */
export interface MemorySample {
  readonly requests: number;
  readonly rssMb: number;
  readonly heapMb: number;
}

type Handler = (event: object, context: object) => Promise<{ status?: number; statusCode?: number }>;

const [name, file = '', requests = ''] = process.argv.slice(2);
Object.assign(globalThis, { awslambda: { streamifyResponse: (handler: unknown) => handler } });
const exported = require(file) as { handler: Handler; buffered: Handler };
const handler = name === 'relay' ? exported.handler : exported.buffered;
const createEvent = name === 'relay' ? createRelayEvent : createFrontEvent;
const total = Number(requests);

async function run(): Promise<void> {
  for (let count = 1; count <= total; count += 1) {
    const response = await handler(createEvent(), { awsRequestId: 'l', getRemainingTimeInMillis: () => 280_000 });
    if ((response.status ?? response.statusCode) !== 200) throw new Error(JSON.stringify(response));
    if (count % (total / 10) === 0) await report(count);
  }
}

/** Collects the garbage first, twice, because finalizers run in between. */
async function report(count: number): Promise<void> {
  globalThis.gc?.();
  await new Promise((resolve) => setImmediate(resolve));
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  const sample: MemorySample = { requests: count, rssMb: rss / 1024 / 1024, heapMb: heapUsed / 1024 / 1024 };
  await new Promise((resolve) => process.send?.(sample, resolve));
}

void run().then(() => process.exit());
