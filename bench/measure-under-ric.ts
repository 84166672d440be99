import { createBareRequest, type RestSetup, type WarmSetup } from './measure-in-process.ts';
import { startPythonSample } from './measure-python-sample.ts';
import type { WarmEvent } from './programs/warm-requests.ts';
import {
  createFrontEvent,
  createRelayEvent,
  createRestFrontEvent,
  createRestRelayEvent,
  FUNCTION_VARIABLES,
} from './requests.ts';
import { installRic } from './ric/install-ric.ts';
import { startFunction } from './ric/runtime-api.ts';
import type { Measurement } from './section.ts';
import { timeRounds } from './statistics.ts';

const REQUESTS_PER_ROUND = 20;
const WARM_UP_ROUNDS = 10;
const UNDER_RIC = ', under the runtime interface client';
const GOAL = 1.15;

export const SAMPLE_NAME = "AWS's sample in Python";

/** Measures both functions on the runtime interface client of Lambda: from the invocation to the last byte of the response. */
export async function measureUnderRic({ assets, rivals, upstream }: WarmSetup, rounds: number): Promise<Measurement[]> {
  const { start, startBare } = await createStarts({ rivals, upstream });
  const running = {
    relay: await start(assets.relay.folder, assets.relay.handler, FUNCTION_VARIABLES),
    front: await start(assets.front.folder, assets.front.handler, FUNCTION_VARIABLES),
    barePost: await startBare('relay', 'bare.handler'),
    bareBufferedPost: await startBare('relay', 'bare.buffered'),
    bareCall: await startBare('front', 'bare.handler'),
  };
  const sample = await startPythonSample(upstream);
  try {
    const invoke = async (name: keyof typeof running, event: object) =>
      requireSuccess(name, await running[name].invoke(event));
    const times = await timeRounds(
      {
        relay: () => invoke('relay', createRelayEvent()),
        barePost: () => invoke('barePost', {}),
        bareBufferedPost: () => invoke('bareBufferedPost', {}),
        front: () => invoke('front', createFrontEvent()),
        bareCall: () => invoke('bareCall', {}),
        sample: () => (typeof sample === 'string' ? undefined : sample.call()),
      },
      { rounds, samples: REQUESTS_PER_ROUND, warmUp: WARM_UP_ROUNDS },
    );
    const { relay, front, barePost, bareBufferedPost, bareCall } = times;
    return [
      createMeasurement(`relay${UNDER_RIC}`, relay, { name: 'a bare streaming POST', values: barePost }, GOAL),
      createMeasurement(`relay${UNDER_RIC}`, relay, { name: 'a bare buffered POST', values: bareBufferedPost }, GOAL),
      createMeasurement(
        `front${UNDER_RIC}`,
        front,
        { name: 'a bare streaming call of the Lambda API', values: bareCall },
        GOAL,
      ),
      ...(typeof sample !== 'string'
        ? [createMeasurement(`relay${UNDER_RIC}`, relay, { name: SAMPLE_NAME, values: times.sample })]
        : []),
    ];
  } finally {
    if (typeof sample === 'string') console.error(`AWS's sample in Python is left out. ${sample}`);
    else sample.close();
    for (const each of Object.values(running)) await each.close();
  }
}

/** Like `measureUnderRic`, for a call of the REST API. */
export async function measureRestUnderRic({ assets, rivals, upstream }: RestSetup, rounds: number) {
  const { start, startBare } = await createStarts({ rivals, upstream });
  const running = {
    relay: await start(assets.rest.folder, assets.rest.handler, FUNCTION_VARIABLES),
    front: await start(assets.front.folder, assets.front.handler, FUNCTION_VARIABLES),
    bareGet: await startBare('restRelay', 'bare.buffered'),
    bareCall: await startBare('restFront', 'bare.handler'),
  };
  try {
    const invoke = async (name: keyof typeof running, event: object) =>
      requireSuccess(name, await running[name].invoke(event));
    const { relay, front, bareGet, bareCall } = await timeRounds(
      {
        relay: () => invoke('relay', createRestRelayEvent()),
        bareGet: () => invoke('bareGet', {}),
        front: () => invoke('front', createRestFrontEvent()),
        bareCall: () => invoke('bareCall', {}),
      },
      { rounds, samples: REQUESTS_PER_ROUND, warmUp: WARM_UP_ROUNDS },
    );
    const getRival = { name: 'a bare buffered GET with a session', values: bareGet };
    const callRival = { name: 'a bare streaming call of the Lambda API', values: bareCall };
    return [
      createMeasurement(`REST relay${UNDER_RIC}`, relay, getRival, GOAL),
      createMeasurement(`front${UNDER_RIC}`, front, callRival, GOAL),
    ];
  } finally {
    for (const each of Object.values(running)) await each.close();
  }
}

async function createStarts({ rivals, upstream }: Pick<WarmSetup, 'rivals' | 'upstream'>) {
  const ric = await installRic();
  const start = (taskRoot: string, handler: string, variables: NodeJS.ProcessEnv) =>
    startFunction({
      ric,
      taskRoot,
      handler,
      createVariables: (runtimeApi) => ({ ...variables, ...upstream.createVariables({ [runtimeApi]: runtimeApi }) }),
    });
  const startBare = (event: WarmEvent, handler: string) =>
    start(rivals.folder, handler, { BARE_REQUEST: JSON.stringify(createBareRequest(event, upstream)) });
  return { start, startBare };
}

/** Every response begins with its status. An error is returned faster than an answer. */
function requireSuccess(name: string, response: Buffer): void {
  const head = response.toString('latin1', 0, 200);
  if (!/^\{"status(?:Code)?":200,/.test(head)) throw new Error(`The response of ${name} is no success: ${head}`);
}

const createMeasurement = (
  what: string,
  ours: number[],
  rival: { readonly name: string; readonly values: number[] },
  goal?: number,
): Measurement => ({ what, unit: 'ms', ours, rival: { ...rival, comparison: 'ratio' }, ...(goal && { goal }) });
