/** Runs the rows of the contract with every client, against one local stack. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Principal } from '../../local/iam/principal-store.ts';
import type { ContractStack } from './contract-stack.ts';
import { openDoor } from './door.ts';
import { CLIENTS, type ClientName, createProcessEnvironment, type Driver, getCommand, startDriver } from './drivers.ts';
import { createLimit } from './limit.ts';
import { startNetworkProxy } from './network-proxy.ts';
import type { CallAnswer, CallArguments } from './protocol.ts';
import { type EnvironmentName, listClients, type Row, type RowContext } from './row.ts';
import { type Programs, runProgram } from './run-program.ts';

/** What a row did with one client. */
export interface RowResult {
  readonly context: RowContext;
  readonly answers: readonly CallAnswer[];
  readonly runs: number;
  readonly seconds: number;
  /** Why the row could not be run. */
  readonly failure?: unknown;
}

/** Rows mostly wait. More at once would only need more processes. */
const ROWS_AT_ONCE = 30;
/** Children of their own start slowly. */
const PROCESSES_AT_ONCE = 3;

/** @returns the result of each row, by client and name */
export async function runRows(
  { stack, createCaller, issueToken }: ContractStack,
  rows: readonly Row[],
  getFile: Programs['getFile'],
  python: string | undefined,
): Promise<Map<ClientName, Map<string, RowResult>>> {
  const clients = CLIENTS.filter((client) => client === 'TypeScript' || python !== undefined);
  const programs = { getFile, python: python ?? '' };
  const drivers = new Map<ClientName, Driver>();
  for (const client of clients)
    drivers.set(client, startDriver(getCommand(client, python ?? ''), createProcessEnvironment()));
  const runOneByOne = new Map<EnvironmentName, <T>(task: () => Promise<T>) => Promise<T>>([
    ['flaky', createLimit(1)],
    ['two', createLimit(1)],
  ]);
  const limitRows = createLimit(ROWS_AT_ONCE);
  const limitProcesses = createLimit(PROCESSES_AT_ONCE);
  const results = new Map(clients.map((client) => [client, new Map<string, RowResult>()]));
  let count = 0;

  async function runRow(row: Row, client: ClientName): Promise<RowResult> {
    const environment = row.environment ?? 'prod';
    count += 1;
    const id = `r${count}x`;
    const folder = await mkdtemp(join(tmpdir(), 'contract-'));
    const closing: (() => unknown)[] = [() => rm(folder, { recursive: true, force: true })];
    try {
      const certificate = row.tls ? await stack.mwaa.issueCertificate('localhost') : undefined;
      const door = await openDoor(new URL(stack.url), row.door ?? [], certificate);
      closing.push(() => door.close());
      const networkProxy = row.networkProxy === undefined ? undefined : await startNetworkProxy(row.networkProxy);
      closing.push(() => networkProxy?.close());
      const origin = row.tls ? `https://localhost:${door.port}` : `http://127.0.0.1:${door.port}`;
      const credentials: Principal = createCaller(row.caller ?? 'team');
      const context: RowContext = {
        id,
        client,
        stack,
        door,
        url: `${origin}${new URL(stack.url).pathname}`,
        environment,
        credentials,
        folder,
        caFile: stack.mwaa.caFile,
        networkProxy,
        issueToken,
        listCommands: () =>
          stack.mwaa.journal.flatMap(({ commandText }) => (commandText?.includes(id) ? [commandText] : [])),
      };
      const end = await row.prepare?.(context);
      closing.push(() => end?.());
      const description = (await row.client?.(context)) ?? {
        url: context.url,
        environment,
        region: stack.region,
        credentials,
      };
      const variables = row.variables?.(context);
      const driver =
        variables === undefined
          ? drivers.get(client)!
          : startDriver(getCommand(client, python ?? ''), createProcessEnvironment(variables));
      if (variables !== undefined) closing.push(() => driver.close());
      const startedAt = performance.now();
      const answers: CallAnswer[] = [];
      for (const rowCall of row.calls) {
        if (rowCall.name === 'program') {
          const value = await limitProcesses(() => runProgram(programs, context, rowCall));
          answers.push({ id: 0, value, events: [] });
          continue;
        }
        const { name, cancelAfterMs, ...call } = rowCall;
        const { value: _, error: __, events: ___, ...args } = call as CallArguments & Record<string, unknown>;
        answers.push(
          await driver.call({
            name,
            client: JSON.parse(JSON.stringify(description).replaceAll('$ID', id)),
            arguments: JSON.parse(JSON.stringify(args).replaceAll('$ID', id)),
            ...(cancelAfterMs === undefined ? {} : { cancelAfterMs }),
          }),
        );
      }
      const seconds = (performance.now() - startedAt) / 1000;
      await stack.mwaa.waitUntilIdle();
      const triggers = context.listCommands().filter((text) => text.startsWith('dags trigger'));
      const runs = new Set(triggers.map((text) => /--run-id=(\S+)/.exec(text)?.[1] ?? text)).size;
      return { context, answers, runs, seconds };
    } catch (failure) {
      return { context: undefined as never, answers: [], runs: 0, seconds: 0, failure };
    } finally {
      for (const close of closing.reverse()) await close();
    }
  }

  const jobs = rows.flatMap((row) =>
    clients.filter((client) => listClients(row).includes(client)).map((client) => ({ row, client })),
  );
  await Promise.all(
    jobs.map(async ({ row, client }) => {
      const limits = [
        runOneByOne.get(row.environment ?? 'prod'),
        row.variables === undefined ? limitRows : limitProcesses,
      ];
      const run = limits.reduce<() => Promise<RowResult>>(
        (task, limit) => (limit === undefined ? task : () => limit(task)),
        () => runRow(row, client),
      );
      results.get(client)!.set(row.name, await run());
    }),
  );
  await Promise.all([...drivers.values()].map((driver) => driver.close()));
  return results;
}
