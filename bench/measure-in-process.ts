import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { FRONT_BUFFERED_HANDLER, FRONT_FUNCTION } from '../contract/function-names.ts';
import type { BuiltScripts } from './build-scripts.ts';
import type { FunctionAsset } from './function-assets.ts';
import type { BareRequest } from './handlers/bare.ts';
import type { WarmEvent, WarmRequests, WarmTimes } from './programs/warm-requests.ts';
import { COMMAND_LINE, createRelayEvent, createRestRelayEvent, FUNCTION_VARIABLES, REST_TARGET } from './requests.ts';
import type { Measurement } from './section.ts';
import type { RunningUpstream } from './servers/start-upstream.ts';

/** What a benchmark of warm requests uses. */
export interface WarmSetup {
  readonly assets: { readonly relay: FunctionAsset; readonly front: FunctionAsset };
  readonly rivals: BuiltScripts;
  readonly upstream: RunningUpstream;
}

const REQUESTS_PER_ROUND = 40;

/** Functions whose relay is that of the REST API. */
export type RestSetup = WarmSetup & { readonly assets: { readonly rest: FunctionAsset } };

/** Measures both functions in a process of their own, without Lambda's runtime. */
export async function measureInProcess(setup: WarmSetup, rounds: number): Promise<Measurement[]> {
  const relay = await measureFunction(setup, 'relay', rounds);
  const front = await measureFunction(setup, 'front', rounds);
  return [
    createMeasurement('relay, in process', relay, 'a bare keep-alive POST', 0.1),
    createMeasurement('front, in process', front, 'a bare call of the Lambda API', 1),
  ];
}

/** Like `measureInProcess`, for a call of the REST API. */
export async function measureRestInProcess(setup: RestSetup, rounds: number): Promise<Measurement[]> {
  const relay = await measureFunction(setup, 'restRelay', rounds, setup.assets.rest);
  const front = await measureFunction(setup, 'restFront', rounds);
  return [
    createMeasurement('REST relay, in process', relay, 'a bare keep-alive GET with a session', 0.1),
    createMeasurement('front, in process', front, 'a bare call of the Lambda API', 1),
  ];
}

const createMeasurement = (what: string, { ours, bare }: WarmTimes, name: string, goal: number): Measurement => ({
  what,
  unit: 'ms',
  ours,
  rival: { name, values: bare, comparison: 'difference' },
  goal,
});

async function measureFunction(
  { assets, rivals, upstream }: WarmSetup,
  event: WarmEvent,
  rounds: number,
  { folder, handler }: FunctionAsset = event === 'relay' ? assets.relay : assets.front,
): Promise<WarmTimes> {
  const child = fork(fileURLToPath(new URL('programs/warm-requests.ts', import.meta.url)), [], {
    // The functions write their logs to standard output.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [],
    env: {
      PATH: process.env.PATH,
      ...FUNCTION_VARIABLES,
      ...upstream.createVariables(),
      BARE_REQUEST: JSON.stringify(createBareRequest(event, upstream)),
    },
  });
  const message: WarmRequests = {
    folder,
    handler: handler === FRONT_FUNCTION.handler ? FRONT_BUFFERED_HANDLER : handler,
    event,
    rivalFolder: rivals.folder,
    rounds,
    samples: REQUESTS_PER_ROUND,
  };
  child.send(message);
  const [times] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`The measured process exited with ${code}.`))),
  ])) as [WarmTimes];
  return times;
}

/** The request that a function sends, with as many bytes. */
export function createBareRequest(event: WarmEvent, { hostnames }: RunningUpstream): BareRequest {
  if (event === 'relay') {
    return {
      hostname: hostnames.webServer,
      path: '/aws_mwaa/cli',
      headers: {
        authorization: `Bearer ${'x'.repeat(600)}`,
        'content-type': 'text/plain',
        'content-length': Buffer.byteLength(COMMAND_LINE),
      },
      body: COMMAND_LINE,
    };
  }
  if (event === 'restRelay') {
    return {
      hostname: hostnames.webServer,
      method: 'GET',
      path: REST_TARGET,
      headers: { accept: 'application/json', cookie: `session=${'x'.repeat(600)}` },
      body: '',
    };
  }
  const body = JSON.stringify(event === 'front' ? createRelayEvent() : createRestRelayEvent());
  return {
    hostname: hostnames.lambda,
    path: '/2015-03-31/functions/relay/invocations',
    headers: {
      authorization: 'x'.repeat(300),
      'x-amz-security-token': 'x'.repeat(400),
      'content-type': 'application/octet-stream',
      'content-length': Buffer.byteLength(body),
    },
    body,
  };
}
