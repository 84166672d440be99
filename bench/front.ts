import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { FRONT_FUNCTION } from '../contract/function-names.ts';
import { DEFAULT_CONFIG_FILE, loadConfig } from '../files/load-config.ts';
import { synthesize } from '../lib/synthesize.ts';

/**
 * Measures what the front costs: the size of its code, a cold start compared with an empty handler, and the time that it adds to a bare
 * POST to the Lambda API in a warm process, in alternating rounds. `npm run bench:front -- --rounds N`.
 */
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '30' } } });
const rounds = Number(values.rounds);

const outdir = mkdtempSync(join(tmpdir(), 'bench-front-'));
const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
const print = (name: string, value: string) => console.log(`${name.padEnd(52)} ${value.padStart(12)}`);

/** Prices of us-east-1, arm64. Source: https://aws.amazon.com/lambda/pricing/ */
const USD_PER_GB_SECOND = 0.0000133334;
const USD_PER_REQUEST = 0.0000002;
const FRONT_GIGABYTES = 0.25;

/** Returns the folder of the built front, with its data and catalogs. */
function buildFront(): string {
  const { directory } = synthesize({ config: loadConfig(DEFAULT_CONFIG_FILE), outdir });
  const asset = readdirSync(directory).find(
    (name) => name.startsWith('asset.') && readdirSync(join(directory, name)).includes(FRONT_FUNCTION.bundleFile),
  );
  if (asset === undefined) throw new Error('The assembly has no front.');
  return join(directory, asset);
}

/** What Lambda's runtime defines before it loads a handler. */
const LAMBDA_GLOBAL = 'globalThis.awslambda = { streamifyResponse: (handler) => handler }';

/** Milliseconds from the start of a process until a module is loaded, interleaved. */
function measureStarts(
  modules: Readonly<Record<string, string>>,
  variables: NodeJS.ProcessEnv,
): Record<string, number> {
  const times: Record<string, number[]> = Object.fromEntries(Object.keys(modules).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, module] of Object.entries(modules)) {
      const startedAt = performance.now();
      const { status, stderr } = spawnSync(
        process.execPath,
        [
          '--input-type=module',
          '-e',
          `${LAMBDA_GLOBAL}; await import(${JSON.stringify(pathToFileURL(module).href)}); process.exit(0)`,
        ],
        { env: { ...variables, PATH: process.env.PATH }, encoding: 'utf8' },
      );
      if (status !== 0) throw new Error(stderr);
      // The first round fills the file cache.
      if (round > 0) times[name]!.push(performance.now() - startedAt);
    }
  }
  return Object.fromEntries(Object.entries(times).map(([name, all]) => [name, median(all)]));
}

/** A Lambda API that answers at once, as a relay does. */
async function startLambdaApi() {
  const body = JSON.stringify({
    requestId: 'r',
    outcome: 'succeeded',
    output: ['x'.repeat(1000)],
    stdout: '',
    stderr: '',
  });
  const payload = `{"status":200,"result":"succeeded","body":${body}}`;
  const server = createServer((incoming, response) => {
    incoming.resume();
    incoming.on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end(payload));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

function createEvent(): object {
  const text = JSON.stringify({ argv: ['dags', 'list-runs', '--dag-id', 'reporting_daily'] });
  return {
    resource: '/environments/{environment}/cli',
    path: '/environments/analytics-prod/cli',
    pathParameters: { environment: 'analytics-prod' },
    httpMethod: 'POST',
    multiValueHeaders: { 'content-type': ['application/json'] },
    body: text,
    isBase64Encoded: false,
    requestContext: {
      apiId: 'api',
      stage: 'v1',
      httpMethod: 'POST',
      requestId: 'r',
      extendedRequestId: 'x',
      identity: { userArn: 'arn:aws:sts::111122223333:assumed-role/data-engineer/bench' },
    },
  };
}

const folder = buildFront();
const code = readFileSync(join(folder, FRONT_FUNCTION.bundleFile));
print('code of the front, KB', (code.byteLength / 1024).toFixed(0));

const empty = join(outdir, 'empty.cjs');
writeFileSync(empty, 'exports.handler = async () => ({});\n');
const { server, port } = await startLambdaApi();
const variables = {
  API_ID: 'api',
  API_STAGE: 'v1',
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_ENDPOINT_URL_LAMBDA: `http://127.0.0.1:${port}`,
};
const starts = measureStarts({ empty, front: join(folder, FRONT_FUNCTION.bundleFile) }, variables);
print('process start to ready: an empty handler, ms', starts.empty!.toFixed(1));
print('process start to ready: the front, ms', starts.front!.toFixed(1));
print('process start to ready: times', (starts.front! / starts.empty!).toFixed(2));

Object.assign(process.env, variables);
Object.assign(globalThis, { awslambda: { streamifyResponse: (handler: unknown) => handler } });
const { buffered } = (await import(pathToFileURL(join(folder, FRONT_FUNCTION.bundleFile)).href)) as {
  buffered: (event: object, context: object) => Promise<{ statusCode: number; body: string }>;
};
const log = console.log;
const agent = new Agent({ keepAlive: true });
const postBare = () =>
  new Promise<void>((resolve, reject) => {
    const outgoing = request({ port, host: '127.0.0.1', method: 'POST', agent }, (response) => {
      response.on('data', () => {}).on('end', resolve);
    });
    outgoing.on('error', reject).end('x'.repeat(400));
  });
const times: { front: number[]; bare: number[] } = { front: [], bare: [] };
const REQUESTS_PER_ROUND = 20;
for (let round = 0; round < rounds + 5; round += 1) {
  for (let index = 0; index < REQUESTS_PER_ROUND; index += 1) {
    let startedAt = performance.now();
    await postBare();
    const bare = performance.now() - startedAt;
    console.log = () => {};
    startedAt = performance.now();
    const { statusCode, body } = await buffered(createEvent(), {
      awsRequestId: 'l',
      getRemainingTimeInMillis: () => 1e6,
    });
    const front = performance.now() - startedAt;
    console.log = log;
    if (statusCode !== 200) throw new Error(body);
    // The first rounds compile the code.
    if (round >= 5) {
      times.bare.push(bare);
      times.front.push(front);
    }
  }
}
print('warm request: a bare keep-alive POST, ms', median(times.bare).toFixed(2));
print('warm request: the front, ms', median(times.front).toFixed(2));
print('warm request: added by the front, ms', (median(times.front) - median(times.bare)).toFixed(2));
for (const seconds of [1, 5, 60]) {
  const usd = 1000 * (USD_PER_REQUEST + FRONT_GIGABYTES * seconds * USD_PER_GB_SECOND);
  print(`a thousand commands of ${seconds} s: the front, US dollars`, usd.toFixed(4));
}
agent.destroy();
server.close();
server.closeAllConnections();
rmSync(outdir, { recursive: true });
