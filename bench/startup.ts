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
 * Measures what `airflow version` costs: the built program against a local stack, compared with the same request by `curl` and
 * with an empty Node process, in alternating rounds. `npm run bench:startup -- --rounds N`.
 */
export interface ProcessCosts {
  readonly wallMs: number;
  /** User and system time of the process and its child processes. */
  readonly cpuMs: number;
}

const BENCHMARKED_COMMANDS = ['airflow version', 'curl', 'an empty node process'] as const;

type StartupCosts = Readonly<Record<(typeof BENCHMARKED_COMMANDS)[number], ProcessCosts>>;

/** Builds the programs, starts a stack that replays recorded responses, and measures. Returns medians. */
export async function measureStartup(rounds: number): Promise<StartupCosts> {
  const getProgramPath = await buildPrograms();
  const folder = mkdtempSync(join(tmpdir(), 'startup-'));
  const emptyProgram = join(folder, 'empty.cjs');
  writeFileSync(emptyProgram, '');
  const configFile = fileURLToPath(new URL('../config/example.yaml', import.meta.url));
  const stack = await startLocalStack({ configFile, environments: ['analytics-prod'], replay: true });
  try {
    const caller = stack.createCaller('data-engineer', 'bench');
    const variables = createClientVariables(stack.url, stack.region, 'analytics-prod', caller);
    const env = { PATH: process.env.PATH, HOME: folder, ...variables };
    const curl = formatCurlCommand(stack.url, stack.region, 'analytics-prod', caller, '{"command":"version"}');
    const measurements: Record<keyof StartupCosts, ProcessCosts[]> = {
      'airflow version': [],
      curl: [],
      'an empty node process': [],
    };
    const commands: Record<keyof StartupCosts, readonly [file: string, ...args: string[]]> = {
      'airflow version': [process.execPath, getProgramPath('airflow'), 'version'],
      curl: ['sh', '-c', `exec ${curl}`],
      'an empty node process': [process.execPath, emptyProgram],
    };
    for (let round = 0; round <= rounds; round++) {
      for (const name of BENCHMARKED_COMMANDS) {
        const [file, ...args] = commands[name];
        const costs = await measureProcess(file, args, env);
        // The first round warms up the function and the file cache.
        if (round > 0) measurements[name].push(costs);
      }
    }
    return {
      'airflow version': computeMedians(measurements['airflow version']),
      curl: computeMedians(measurements.curl),
      'an empty node process': computeMedians(measurements['an empty node process']),
    };
  } finally {
    await stack.close();
    rmSync(folder, { recursive: true });
  }
}

/** Runs a command in a shell of its own, which reports the CPU time of its children. This process also runs the stack. */
function measureProcess(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<ProcessCosts> {
  const script = `TIMEFORMAT='%R %U %S'; time "$@" > /dev/null 2>&1`;
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', script, 'bash', file, ...args], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (status) => {
      const [real = 0, user = 0, system = 0] = stderr.trim().split(' ').map(Number);
      if (status !== 0) reject(new Error(`${file} ${args.join(' ')} exited with ${status}: ${stderr}`));
      else resolve({ wallMs: 1000 * real, cpuMs: 1000 * (user + system) });
    });
  });
}

const computeMedians = (costs: readonly ProcessCosts[]): ProcessCosts => ({
  wallMs: median(costs.map(({ wallMs }) => wallMs)),
  cpuMs: median(costs.map(({ cpuMs }) => cpuMs)),
});

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

if (import.meta.main) {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '30' } } });
  if (spawnSync('curl', ['--version']).status !== 0) throw new Error('The comparison requires curl. Install it.');
  const costs = await measureStartup(Number(values.rounds));
  for (const name of BENCHMARKED_COMMANDS) {
    const { wallMs, cpuMs } = costs[name];
    console.log(
      `${name.padEnd(24)} ${wallMs.toFixed(0).padStart(5)} ms   ${cpuMs.toFixed(0).padStart(5)} ms of CPU time`,
    );
  }
  const { 'airflow version': airflow, curl, 'an empty node process': empty } = costs;
  console.log(`more than curl           ${(airflow.wallMs - curl.wallMs).toFixed(0).padStart(5)} ms`);
  console.log(`CPU of an empty process  ${(airflow.cpuMs / empty.cpuMs).toFixed(2).padStart(5)} times`);
}
