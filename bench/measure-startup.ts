import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildPrograms } from '../local/build-programs.ts';
import { createClientVariables, formatCurlCommand } from '../local/call-instructions.ts';
import { startLocalStack } from '../local/local-stack.ts';
import { measureCommand, type ProcessCosts } from './measure-process.ts';
import { measureRounds } from './statistics.ts';

/** What `airflow version` costs in each round: the packed program, and the same request by `curl`. */
export interface StartupCosts {
  readonly airflow: readonly ProcessCosts[];
  readonly curl: readonly ProcessCosts[];
  /** A Node.js process that does nothing. */
  readonly empty: readonly ProcessCosts[];
}

/** Builds the programs, starts a stack that replays recorded responses, and measures. Needs curl. */
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
    return await measureRounds(
      {
        airflow: () => measureCommand(process.execPath, [getProgramPath('airflow'), 'version'], env),
        curl: () => measureCommand('sh', ['-c', `exec ${curl} --fail`], env),
        empty: () => measureCommand(process.execPath, [emptyProgram], env),
      },
      { rounds },
    );
  } finally {
    await stack.close();
    rmSync(folder, { recursive: true });
  }
}
