import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildPrograms } from '../local/build-programs.ts';
import { createClientVariables, formatCurlCommand } from '../local/call-instructions.ts';
import { startLocalStack } from '../local/local-stack.ts';

/**
 * What `airflow version` costs of its own: the built program through a local stack, against the same request by `curl` and an empty
 * Node process, turn by turn in one run. `npm run bench:start-up -- --rounds N`.
 */
export interface ProcessCosts {
  /** Medians, in milliseconds. */
  readonly wall: number;
  /** User and system time of the process and of those it starts. */
  readonly cpu: number;
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BENCHMARKED_COMMANDS = ['airflow version', 'curl', 'an empty node process'] as const;

/** Builds, starts a stack that replays answers, and measures. */
export async function measureStartup(
  rounds: number,
): Promise<Readonly<Record<(typeof BENCHMARKED_COMMANDS)[number], ProcessCosts>>> {
  const program = buildPrograms();
  const folder = mkdtempSync(join(tmpdir(), 'start-up-'));
  const empty = join(folder, 'empty.cjs');
  writeFileSync(empty, '');
  const configFile = join(ROOT, 'config/example.yaml');
  const stack = await startLocalStack({ configFile, environments: ['analytics-prod'], replay: true });
  try {
    const caller = stack.createCaller('data-engineer', 'bench');
    const env = {
      PATH: process.env.PATH,
      HOME: folder,
      ...createClientVariables(stack.url, stack.region, 'analytics-prod', caller),
    };
    const curl = formatCurlCommand(stack.url, stack.region, 'analytics-prod', caller, '{"command":"version"}');
    const commands: Readonly<
      Record<(typeof BENCHMARKED_COMMANDS)[number], readonly [file: string, ...args: string[]]>
    > = {
      'airflow version': [process.execPath, program('airflow'), 'version'],
      curl: ['sh', '-c', `exec ${curl}`],
      'an empty node process': [process.execPath, empty],
    };
    const taken: Record<string, { wall: number[]; cpu: number[] }> = {};
    for (let round = 0; round <= rounds; round++) {
      for (const name of BENCHMARKED_COMMANDS) {
        const [file, ...args] = commands[name];
        const one = await measureProcess(file, args, env);
        // The first round warms up the function and the file cache.
        if (round === 0) continue;
        taken[name] ??= { wall: [], cpu: [] };
        taken[name].wall.push(one.wall);
        taken[name].cpu.push(one.cpu);
      }
    }
    const costs = BENCHMARKED_COMMANDS.map((name) => [
      name,
      { wall: median(taken[name]!.wall), cpu: median(taken[name]!.cpu) },
    ]);
    return Object.fromEntries(costs);
  } finally {
    await stack.close();
    rmSync(folder, { recursive: true });
  }
}

/** In a process between, whose own children's time is told: the stack that answers lives in this one. */
function measureProcess(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<ProcessCosts> {
  const script = `TIMEFORMAT='%R %U %S'; time "$@" > /dev/null 2>&1`;
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', script, 'bash', file, ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    let told = '';
    child.stderr.on('data', (chunk) => {
      told += chunk;
    });
    child.on('error', reject);
    child.on('close', (status) => {
      const [real = 0, user = 0, system = 0] = told.trim().split(' ').map(Number);
      if (status !== 0) reject(new Error(`${file} ${args.join(' ')} exited with ${status}: ${told}`));
      else resolve({ wall: 1000 * real, cpu: 1000 * (user + system) });
    });
  });
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

if (import.meta.main) {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '30' } } });
  if (spawnSync('curl', ['--version']).status !== 0) throw new Error('curl is the rival, and is not here.');
  const costs = await measureStartup(Number(values.rounds));
  for (const name of BENCHMARKED_COMMANDS) {
    console.log(
      `${name.padEnd(24)} ${costs[name].wall.toFixed(0).padStart(5)} ms   ${costs[name].cpu.toFixed(0).padStart(5)} ms CPU`,
    );
  }
  const { 'airflow version': airflow, curl, 'an empty node process': empty } = costs;
  console.log(`beyond curl              ${(airflow.wall - curl.wall).toFixed(0).padStart(5)} ms`);
  console.log(`CPU of an empty process  ${(airflow.cpu / empty.cpu).toFixed(2).padStart(5)} times`);
}
