import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { formatCurlCommand } from '../../local/call-instructions.ts';
import type { Principal } from '../../local/iam/principal-store.ts';
import { type LocalStack, type LocalStackOptions, startLocalStack } from '../../local/local-stack.ts';
import type { JournalEntry } from '../../local/mwaa/journal.ts';
import { createConfigText } from '../fixtures/create-config-text.ts';

/** Timeouts in seconds. The short ones of `hasty` are for faults that last until a timeout. */
const TIMEOUTS = {
  patient: '{ queueSeconds: 2, functionSeconds: 65, abortSeconds: 60, postSeconds: 50, busySeconds: 2 }',
  hasty:
    '{ queueSeconds: 2, functionSeconds: 10, abortSeconds: 9, postSeconds: 6, connectSeconds: 2, tokenSeconds: 4, busySeconds: 1 }',
};

export type FaultyEnvironmentName = keyof typeof TIMEOUTS;

/** Only one role has grants: it may read, trigger DAGs, and change variables and connections. */
const CONFIG = createConfigText({
  environments: {
    patient: `airflow: 2.10.3, timeouts: ${TIMEOUTS.patient}`,
    hasty: `airflow: 2.10.3, timeouts: ${TIMEOUTS.hasty}`,
  },
  grants: [
    `who: "arn:aws:iam::111122223333:role/data-engineer", where: "*", may: ["@read", "@secrets", "@health",
      "dags trigger * --conf=* --run-id=*", "variables set * *", "connections add * --conn-uri=*"]`,
  ],
});

export interface FaultyStack extends LocalStack {
  readonly engineer: Principal;
  /** All CLI tokens that were issued. */
  readonly tokens: readonly string[];
}

/** Starts the stack of the fault tests. Closing it removes its configuration too. */
export async function startFaultyStack(
  environments: readonly FaultyEnvironmentName[],
  options: Partial<LocalStackOptions> = {},
): Promise<FaultyStack> {
  const folder = await mkdtemp(join(tmpdir(), 'faults-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const configFile = join(folder, 'config.yaml');
    await writeFile(configFile, CONFIG);
    const tokens: string[] = [];
    const stack = await startLocalStack({
      configFile,
      environments,
      onToken: (token) => tokens.push(token),
      ...options,
    });
    const close = async () => {
      await stack.close();
      await remove();
    };
    return { ...stack, tokens, engineer: stack.createCaller('data-engineer', 'jo'), close };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The commands whose Airflow process has ended, from the journal of the stand-in for MWAA. */
export function listFinishedCommands({ mwaa }: LocalStack): JournalEntry[] {
  return mwaa.journal.filter(({ exitCode }) => exitCode !== undefined);
}

/** The ids of all DAG runs in the databases of the real Airflows. Undefined if answers are replayed. */
export function readRunIds({ environments }: LocalStack): string[] | undefined {
  const homes = environments.flatMap(({ home }) => (home === undefined ? [] : [home]));
  if (homes.length < environments.length) return undefined;
  return homes.flatMap(({ database }) => {
    const connection = new DatabaseSync(database, { readOnly: true, timeout: 30_000 });
    try {
      return connection
        .prepare('SELECT run_id FROM dag_run')
        .all()
        .map((row) => String(row.run_id));
    } finally {
      connection.close();
    }
  });
}

/** An HTTP response, parsed from what `curl -i` prints. */
export interface CurlResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Record<string, unknown>;
}

/**
 * Runs `curl --aws-sigv4 --retry 5`, which retries after 408, 429, 500, 502, 503 and 504. Returns all responses, including those that
 * curl retried. curl stops retrying after ten seconds, and if `Retry-After` is longer than that.
 */
export async function runCurlWithRetry(
  { url, region, engineer }: FaultyStack,
  environment: string,
  command: string,
): Promise<CurlResponse[]> {
  const line = formatCurlCommand(url, region, environment, engineer, JSON.stringify({ command }));
  const retryingCommand = line.replace('curl -sS', 'curl -sSi --retry 5 --retry-delay 1 --retry-max-time 10');
  const child = spawn('sh', ['-c', retryingCommand], { stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    printed += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors += text;
  });
  const exitCode = await new Promise<number | null>((done) => child.on('close', done));
  const answers = printed.split(/(?=HTTP\/1\.1 \d{3})/).map(parseCurlResponse);
  if (exitCode !== 0 || printed === '') throw new Error(`curl exited with ${exitCode}: ${errors}`);
  return answers;
}

function parseCurlResponse(text: string): CurlResponse {
  const [head = '', body = ''] = text.split(/\r\n\r\n(.*)/s);
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = lines.map((line) => {
    const [name = '', value = ''] = line.split(/: ?(.*)/s);
    return [name.toLowerCase(), value];
  });
  return {
    status: Number(statusLine.split(' ')[1]),
    headers: Object.fromEntries(headers),
    body: JSON.parse(body),
  };
}
