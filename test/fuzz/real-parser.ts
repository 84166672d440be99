import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { InstalledAirflow } from '../../local/airflow/install-airflow.ts';
import { createMwaaSettings } from '../../tools/catalogs/make-catalog.ts';

const REAL_PARSER_SCRIPT = fileURLToPath(new URL('./real_parser.py', import.meta.url));

/** A process of an installed Airflow that parses cases in order. */
export interface RealParser {
  /** Parses a batch of cases, each of them JSON in one line. Returns one result for each. See `real_parser.py`. */
  parseBatch(cases: readonly string[]): Promise<string[]>;
  close(): Promise<void>;
}

/** Starts the parser in an empty folder, with the executor and the auth manager that the catalogs are generated with. */
export async function startRealParser(installed: InstalledAirflow): Promise<RealParser> {
  const home = await mkdtemp(join(tmpdir(), 'fuzz-'));
  const child = spawn(installed.python, [REAL_PARSER_SCRIPT], {
    cwd: home,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      HOME: home,
      TZ: 'UTC',
      LC_ALL: 'C.UTF-8',
      PYTHONDONTWRITEBYTECODE: '1',
      AIRFLOW_HOME: home,
      ...createMwaaSettings(installed.release),
    },
  });
  const readLines = createLineReader(child, installed.release);
  const close = async () => {
    child.stdin.end();
    child.kill();
    await rm(home, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    await readLines(1);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    parseBatch(cases) {
      child.stdin.write(`${cases.join('\n')}\nnull\n`);
      return readLines(cases.length);
    },
    close,
  };
}

/** Returns a function that reads the next lines of a process's output. Calls are served in order. */
function createLineReader(child: ChildProcess, release: string): (count: number) => Promise<string[]> {
  const lines: string[] = [];
  const waiting: { count: number; resolve: (lines: string[]) => void; reject: (error: Error) => void }[] = [];
  let ended: Error | undefined;
  let stderr = '';
  const serveWaiting = () => {
    while (waiting[0] && lines.length >= waiting[0].count) {
      const { count, resolve } = waiting.shift()!;
      resolve(lines.splice(0, count));
    }
    if (ended) for (const { reject } of waiting.splice(0)) reject(ended);
  };
  createInterface({ input: child.stdout! }).on('line', (line) => {
    lines.push(line);
    serveWaiting();
  });
  child.stderr!.setEncoding('utf8').on('data', (text) => {
    stderr = (stderr + text).slice(-4000);
  });
  child.stdin!.on('error', () => {});
  const end = () => {
    ended = new Error(`The parser of Airflow ${release} exited:\n${stderr}`);
    serveWaiting();
  };
  child.on('error', end);
  child.on('close', end);
  return (count) =>
    new Promise((resolve, reject) => {
      waiting.push({ count, resolve, reject });
      serveWaiting();
    });
}
