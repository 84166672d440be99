/**
 * `npm start [-- --once] [--airflow RELEASE] [--port N] [--replay]`: the whole of it on this machine, one real request
 * through it, and how to call it.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ConfigFault } from '../lib/config-fault.ts';
import { DEFAULT_CONFIG, loadConfig } from '../lib/load-config.ts';
import { demonstrate } from './demonstration.ts';
import { howToCall } from './how-to-call.ts';
import { startStack } from './stack.ts';

const USAGE = `Usage: npm start -- [options]

  --once             send the one request, print the answer, stop; exit with 0 or not
  --airflow RELEASE  which environment of ${DEFAULT_CONFIG} to start (default: the first)
  --port N           port of the API (default: any free one)
  --replay           answer from recorded transcripts, without an Airflow
`;

const options = readOptions();
const config = loadConfig(DEFAULT_CONFIG);
const environment = environmentFor(options.airflow);
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort());

process.exitCode = await main();

async function main(): Promise<number> {
  const startedAt = performance.now();
  const stack = await startStack({
    configFile: DEFAULT_CONFIG,
    environments: [environment],
    replay: options.replay,
    ...(options.port === undefined ? {} : { port: options.port }),
    onProgress: (line) => console.error(line),
  });
  try {
    const [played] = stack.environments;
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    const airflow = `Airflow ${played!.runner.release}`;
    if (played!.replayed !== undefined) {
      print(`*** REPLAY: no real Airflow. Recorded answers of ${airflow}, nothing is run: ${played!.replayed} ***`);
    }
    print(
      `Ready after ${seconds} s: the deployed API and its function, and ${played!.replayed ? 'recordings of' : 'a real'} ${airflow} behind it.`,
    );

    const caller = stack.caller('data-engineer', 'you');
    const proved = await demonstrate({ url: stack.url, region: stack.region, environment, credentials: caller }, print);
    if (options.once || stopping.signal.aborted) return proved ? 0 : 1;

    print(howToCall(stack.url, stack.region, environment, caller));
    await wait(2 ** 31 - 1, undefined, { signal: stopping.signal }).catch(() => {});
    print('\nStopping …');
    return 0;
  } finally {
    await stack.close();
  }
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        once: { type: 'boolean', default: false },
        airflow: { type: 'string' },
        port: { type: 'string' },
        replay: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) end(USAGE, 0);
    const port = values.port === undefined ? undefined : Number(values.port);
    if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port < 65536))
      end(`--port ${values.port}?\n\n${USAGE}`, 2);
    return { ...values, port };
  } catch (error) {
    if (error instanceof ConfigFault) throw error;
    return end(`${(error as Error).message}\n\n${USAGE}`, 2);
  }
}

function environmentFor(release: string | undefined): string {
  const environments = Object.entries(config.environments).filter(([, { enabled }]) => enabled);
  const found = environments.find(([, { airflow }]) => release === undefined || airflow === release);
  if (found) return found[0];
  const releases = environments.map(([, { airflow }]) => airflow).join(', ');
  return end(`No environment of ${DEFAULT_CONFIG} runs Airflow ${release}. There are: ${releases}.\n`, 2);
}

function end(text: string, code: number): never {
  console.error(text);
  process.exit(code);
}

function print(text: string): void {
  console.log(text);
}
