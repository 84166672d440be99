import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SignJWT } from 'jose';
import { type ReceivedResponse, sendHttpRequest } from '../client/library/send-http-request.ts';
import { signedFetch } from '../client/library/signed-fetch.ts';
import { installPythonPackages } from '../local/airflow/install-python-packages.ts';
import type { AirflowWebServer } from '../local/airflow/start-web-server.ts';
import { type LocalStack, startLocalStack } from '../local/local-stack.ts';
import { ENVIRONMENT, REGION, ROLE } from './deployment-names.ts';
import { FUNCTION_VARIABLES } from './requests.ts';
import { formatNumber, type Table } from './section.ts';
import { startInvokeRestApi } from './servers/start-invoke-rest-api.ts';
import { findMedian, findQuantile } from './statistics.ts';

export const RELEASE = '3.0.6';
export const CALLERS = 50;
export const REQUESTS_PER_CALLER = 4;
const REQUEST_PATH = '/api/v2/dags?limit=5';

/** One run of all callers: the seconds of each request, or null for one that failed, and of the whole run. */
interface Run {
  readonly times: readonly (number | null)[];
  readonly seconds: number;
}

/** Lets all callers send their requests. */
type Way = () => Promise<Run>;

/** Measures callers of the REST API of a real Airflow: through the proxy, directly, and through a stand-in for InvokeRestApi. */
export async function measureRestCallers(rounds: number): Promise<Table> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-callers-'));
  const closing: (() => unknown)[] = [() => rmSync(folder, { recursive: true })];
  try {
    const stack = await startLocalStack({ configFile: writeConfig(folder), onProgress: console.error });
    closing.push(() => stack.close());
    const webServer = await stack.environments[0]!.webServer.get();
    const headers = { authorization: `Bearer ${await logIn(webServer)}` };
    const throttling = await startInvokeRestApi(`${webServer.url}/api/v2`, headers);
    closing.push(() => throttling.close());
    const [legacy, standard] = [
      await startBoto3('legacy', throttling.url),
      await startBoto3('standard', throttling.url),
    ];
    closing.push(legacy.close, standard.close);
    const ways: Readonly<Record<string, Way>> = {
      [PROXY]: () => runCallers((caller) => sendThroughProxy(stack, caller)),
      [DIRECT]: () =>
        runCallers(() => sendHttpRequest(new URL(`${webServer.url}${REQUEST_PATH}`), { body: undefined, headers })),
      'InvokeRestApi with 10 requests a second, boto3 with default retries': legacy.run,
      'the same, boto3 with the retry mode `standard`': standard.run,
    };
    await ways[PROXY]!(); // Starts the functions.
    await ways[DIRECT]!();
    const runs = new Map(Object.keys(ways).map((name) => [name, [] as Run[]]));
    for (let round = 0; round < rounds; round++) {
      for (const [name, run] of Object.entries(ways)) {
        await wait(2000); // Limits of a rate count the last second.
        runs.get(name)!.push(await run());
      }
    }
    return createTable(runs);
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

const PROXY = 'the proxy, 10 slots';
const DIRECT = 'the web server itself, with a session';

function writeConfig(folder: string): string {
  const vpc = '{ id: vpc-0abc1234, subnets: [subnet-0aaa1111], webServerSecurityGroup: sg-0bbb1111 }';
  const file = join(folder, 'config.yaml');
  const lines = [
    `region: ${REGION}`,
    'account: "111122223333"',
    'api: { callers: { accounts: ["111122223333"] } }',
    `environments: { ${ENVIRONMENT}: { airflow: ${RELEASE}, rest: true, vpc: ${vpc} } }`,
    `grants: [{ who: "arn:aws:iam::111122223333:role/${ROLE}", where: "*", may: ["api GET /dags --*"] }]`,
  ];
  writeFileSync(file, lines.join('\n'));
  return file;
}

/** @returns a JWT */
async function logIn({ url, loginKey }: AirflowWebServer): Promise<string> {
  const token = await new SignJWT({ sub: 'bench', role: 'Viewer' })
    .setProtectedHeader({ alg: 'HS256' })
    .setAudience('web')
    .setExpirationTime('1 minute')
    .sign(Buffer.from(loginKey));
  const body = new URLSearchParams({ token });
  const response = await fetch(`${url}/pluginsv2/aws_mwaa/login`, { method: 'POST', body, redirect: 'manual' });
  const cookie = response.headers.getSetCookie().find((text) => text.startsWith('_token='));
  if (cookie === undefined) throw new Error(`The login answered ${response.status} without a token.`);
  return cookie.slice('_token='.length).split(';')[0]!;
}

function sendThroughProxy({ url, region, createCaller }: LocalStack, caller: number): Promise<ReceivedResponse> {
  const address = new URL(`${url}/environments/${ENVIRONMENT}${REQUEST_PATH}`);
  return signedFetch(address, undefined, createCaller(ROLE, `caller-${caller}`), region);
}

async function runCallers(send: (caller: number) => Promise<ReceivedResponse>): Promise<Run> {
  const startedAt = performance.now();
  const times = await Promise.all(
    Array.from({ length: CALLERS }, async (_, caller) => {
      const own: (number | null)[] = [];
      for (let count = 0; count < REQUESTS_PER_CALLER; count++) {
        const sentAt = performance.now();
        const isAnswered = await send(caller).then(
          ({ status }) => status === 200,
          () => false,
        );
        own.push(isAnswered ? (performance.now() - sentAt) / 1000 : null);
      }
      return own;
    }),
  );
  return { times: times.flat(), seconds: (performance.now() - startedAt) / 1000 };
}

/** Starts the callers in Python. */
async function startBoto3(mode: string, url: string): Promise<{ run: Way; close(): void }> {
  const packages = await installPythonPackages('bench');
  if ('unavailable' in packages) throw new Error(packages.unavailable);
  const program = fileURLToPath(new URL('programs/invoke_rest_api.py', import.meta.url));
  const child = spawn(join(packages.bin, 'python'), [program, mode, String(CALLERS), String(REQUESTS_PER_CALLER)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...FUNCTION_VARIABLES, AWS_DEFAULT_REGION: REGION, BENCH_URL: url },
  });
  const lines = createInterface({ input: child.stdout });
  const exited = once(child, 'exit').then(([code]) => Promise.reject(new Error(`The callers exited with ${code}.`)));
  exited.catch(() => {});
  return {
    async run() {
      const startedAt = performance.now();
      child.stdin.write('run\n');
      const [line] = await Promise.race([once(lines, 'line'), exited]);
      return { times: JSON.parse(line), seconds: (performance.now() - startedAt) / 1000 };
    },
    close: () => child.stdin.end(),
  };
}

function createTable(runs: ReadonlyMap<string, readonly Run[]>): Table {
  const format = (seconds: number) => `${formatNumber(seconds)} s`;
  const getDuration = (name: string) => findMedian(runs.get(name)!.map(({ seconds }) => seconds));
  return {
    columns: [
      'way',
      'answered',
      'whole run',
      'answered a second',
      'time p50',
      'p95',
      'p99',
      'longest',
      'run, of the proxy',
    ],
    rows: [...runs].map(([name, all]) => {
      const times = all.flatMap((run) => run.times);
      const answered = times.filter((time) => time !== null);
      const rates = all.map((run) => run.times.filter((time) => time !== null).length / run.seconds);
      return [
        name,
        `${answered.length} of ${times.length}`,
        format(getDuration(name)),
        formatNumber(findMedian(rates)),
        ...[0.5, 0.95, 0.99, 1].map((share) => format(findQuantile(answered, share))),
        `${formatNumber(getDuration(name) / getDuration(PROXY))} times`,
      ];
    }),
  };
}
