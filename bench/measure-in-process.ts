import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { BuiltScripts } from './build-scripts.ts';
import type { FunctionAssets } from './function-assets.ts';
import type { BareRequest } from './handlers/bare.ts';
import type { WarmRequests, WarmTimes } from './programs/warm-requests.ts';
import { COMMAND_LINE, createRelayEvent, FUNCTION_VARIABLES } from './requests.ts';
import type { Measurement } from './section.ts';
import type { RunningUpstream } from './servers/start-upstream.ts';

/** What a benchmark of warm requests uses. */
export interface WarmSetup {
  readonly assets: FunctionAssets;
  readonly rivals: BuiltScripts;
  readonly upstream: RunningUpstream;
}

const REQUESTS_PER_ROUND = 40;

/** Measures both functions in a process of their own, without Lambda's runtime. */
export async function measureInProcess(setup: WarmSetup, rounds: number): Promise<Measurement[]> {
  const relay = await measureFunction(setup, 'relay', rounds);
  const front = await measureFunction(setup, 'front', rounds);
  return [
    createMeasurement('relay, in process', relay, 'a bare keep-alive POST', 0.1),
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
  name: 'relay' | 'front',
  rounds: number,
): Promise<WarmTimes> {
  const child = fork(fileURLToPath(new URL('programs/warm-requests.ts', import.meta.url)), [], {
    // The functions write their logs to standard output.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [],
    env: {
      PATH: process.env.PATH,
      ...FUNCTION_VARIABLES,
      ...upstream.createVariables(),
      BARE_REQUEST: JSON.stringify(createBareRequest(name, upstream)),
    },
  });
  const message: WarmRequests = {
    folder: assets[name].folder,
    handler: name === 'front' ? 'front.buffered' : assets[name].handler,
    event: name,
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
export function createBareRequest(name: 'relay' | 'front', { hostnames }: RunningUpstream): BareRequest {
  const body = name === 'relay' ? COMMAND_LINE : JSON.stringify(createRelayEvent());
  return name === 'relay'
    ? {
        hostname: hostnames.webServer,
        path: '/aws_mwaa/cli',
        headers: {
          authorization: `Bearer ${'x'.repeat(600)}`,
          'content-type': 'text/plain',
          'content-length': Buffer.byteLength(body),
        },
        body,
      }
    : {
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
