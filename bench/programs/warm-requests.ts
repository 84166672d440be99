/**
 * Measures requests in this process: a built function, and the bare request that it must send anyway, in turn. The parent sends what to
 * measure. Standard output is where the function writes its log.
 */
import { loadHandler } from '../../local/gateway/functions/load-handler.ts';
import { createFrontEvent, createRelayEvent, createRestFrontEvent, createRestRelayEvent } from '../requests.ts';
import { timeRounds } from '../statistics.ts';

const EVENTS = {
  relay: () => createRelayEvent(),
  front: createFrontEvent,
  restRelay: createRestRelayEvent,
  restFront: createRestFrontEvent,
} as const;

/** A kind of request that is measured. */
export type WarmEvent = keyof typeof EVENTS;

export interface WarmRequests {
  readonly folder: string;
  readonly handler: string;
  readonly event: keyof typeof EVENTS;
  /** The folder of `bare.js`. */
  readonly rivalFolder: string;
  readonly rounds: number;
  readonly samples: number;
}

/** The median of each round, in milliseconds. */
export interface WarmTimes {
  readonly ours: readonly number[];
  readonly bare: readonly number[];
}

type Handler = (event: object, context: object) => Promise<object>;

const context = { awsRequestId: 'l', getRemainingTimeInMillis: () => 280_000 };

/** Rounds at the start, in which V8 compiles the code. */
const WARM_UP_ROUNDS = 10;

process.once('message', async (message: WarmRequests) => {
  const { folder, event, rivalFolder, rounds, samples } = message;
  Object.assign(globalThis, { awslambda: { streamifyResponse: (handler: unknown) => handler } });
  const handler = (await loadHandler(folder, message.handler)) as Handler;
  const post = (await loadHandler(rivalFolder, 'bare.post')) as () => Promise<Buffer>;
  const createEvent = EVENTS[event];
  const send = async () => {
    const response = (await handler(createEvent(), context)) as { status?: number; statusCode?: number };
    if ((response.status ?? response.statusCode) !== 200) throw new Error(JSON.stringify(response));
  };
  const { ours, bare } = await timeRounds({ ours: send, bare: post }, { rounds, samples, warmUp: WARM_UP_ROUNDS });
  const times: WarmTimes = { ours, bare };
  process.send?.(times, () => process.exit());
});
