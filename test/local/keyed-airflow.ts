import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { splitCommandLine } from '../../airflow/split-command-line.ts';
import { type Problem, toProblemDetails } from '../../contract/problem.ts';
import { CATALOGS } from '../../files/catalogs.ts';
import { prepareCommand } from '../../lambda/command/prepare-command.ts';
import { RELAY_REMEDIES } from '../../lambda/relay/relay-remedies.ts';
import type { AirflowRunner } from '../../local/airflow/airflow-runner.ts';
import { createAirflowHome } from '../../local/airflow/create-airflow-home.ts';
import { createAirflowRunner } from '../../local/airflow/create-airflow-runner.ts';
import { type InstalledAirflow, installAirflow } from '../../local/airflow/install-airflow.ts';
import { executeCommand } from '../../mwaa/cli/execute-command.ts';
import { createSendCommand } from '../../mwaa/cli/send-command.ts';

/** The result of a command, or its problem. */
export type KeyedResult = Readonly<Record<string, unknown>>;

/** Sends commands with idempotency keys to a real Airflow, as the relay does, but without API Gateway, Lambda and HTTP. */
export interface KeyedAirflow {
  send(command: string, key: string, options?: { format?: 'json' | 'raw' }): Promise<KeyedResult>;
  /** The command lines that Airflow ran since the last call. */
  takeCommandLines(): string[];
}

export function createKeyedAirflow(release: string, runner: Pick<AirflowRunner, 'run'>): KeyedAirflow {
  const catalog = CATALOGS.read(release);
  let commandLines: string[] = [];
  const send = createSendCommand({
    tokens: { get: async () => ({ token: 'secret', hostname: 'web.example' }), invalidate: () => {} },
    post: async (_token, commandLine) => {
      commandLines.push(commandLine);
      const { stdout, stderr } = await runner.run(commandLine);
      const streams = { stdout: stdout.toString('base64'), stderr: stderr.toString('base64') };
      return { status: 200, body: JSON.stringify(streams) };
    },
    remedies: RELAY_REMEDIES,
  });
  const environment = { name: 'prod', airflow: release, catalog, limits: { outputBytes: 1_000_000 } };
  return {
    async send(command, key, { format = 'json' } = {}) {
      const prepared = prepareCommand(
        { environment: 'prod', catalog, principal: 'arn:aws:iam::111122223333:role/team' },
        { kind: 'command', argv: splitCommandLine(command), format, uniqueId: 'unused', idempotencyKey: key },
      );
      const connection = { environment, send, signal: new AbortController().signal, timeLeftMs: () => 600_000 };
      return executeCommand(connection, prepared, {}).catch((problem: Problem) => toProblemDetails(problem));
    },
    takeCommandLines() {
      const taken = commandLines;
      commandLines = [];
      return taken;
    },
  };
}

export interface AirflowInstance {
  readonly installed: InstalledAirflow;
  readonly runner: AirflowRunner;
  /** The SQLite database. */
  readonly database: string;
  close(): Promise<void>;
}

/** Starts a real Airflow with the example DAGs. @returns the reason if it is not available */
export async function startAirflow(release: string): Promise<AirflowInstance | { readonly unavailable: string }> {
  const installed = await installAirflow(release, { onProgress: console.error });
  if ('unavailable' in installed) return installed;
  const folder = await mkdtemp(join(tmpdir(), 'keyed-'));
  const home = await createAirflowHome(installed, folder, { onProgress: console.error });
  const runner = createAirflowRunner(installed, home);
  return {
    installed,
    runner,
    database: home.database,
    async close() {
      await runner.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
