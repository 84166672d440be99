/**
 * The contract of the clients: each row is true for the TypeScript client and for both Python clients. `CONTRACT_ROW=TEXT` runs only the rows
 * with this text in their names.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PROBLEM_TYPES } from '../../contract/problem-types.ts';
import { installPythonPackages } from '../../local/airflow/install-python-packages.ts';
import { buildPrograms } from '../../local/build-programs.ts';
import { toClassName } from '../../tools/python/problem-classes.ts';
import { type ContractStack, runCrowd, startContractStack } from './contract-stack.ts';
import { CLIENTS, getCommand } from './drivers.ts';
import { listClients, type Row } from './row.ts';
import { CALLER_ROWS } from './rows/callers.ts';
import { COMMAND_ROWS } from './rows/commands.ts';
import { DISCOVERY_ROWS } from './rows/discovery.ts';
import { FOREIGN_ANSWER_ROWS } from './rows/foreign-answers.ts';
import { LOST_ANSWER_ROWS } from './rows/lost-answers.ts';
import { NETWORK_ROWS } from './rows/network.ts';
import { PROBLEM_ROWS } from './rows/problems.ts';
import { PROGRAM_ROWS } from './rows/programs.ts';
import { RUN_ROWS } from './rows/runs.ts';
import { SETTING_ROWS } from './rows/settings.ts';
import { SLOT_ROWS } from './rows/slots.ts';
import { type RowResult, runRows } from './run-rows.ts';

const ROWS: readonly Row[] = [
  ...COMMAND_ROWS,
  ...LOST_ANSWER_ROWS,
  ...PROBLEM_ROWS,
  ...SLOT_ROWS,
  ...CALLER_ROWS,
  ...FOREIGN_ANSWER_ROWS,
  ...RUN_ROWS,
  ...DISCOVERY_ROWS,
  ...NETWORK_ROWS,
  ...SETTING_ROWS,
  ...PROGRAM_ROWS,
].filter(({ name }) => name.includes(process.env.CONTRACT_ROW ?? ''));

const packages = await installPythonPackages('python-checks');
const python = 'bin' in packages ? join(packages.bin, 'python') : undefined;
if ('unavailable' in packages)
  console.error(`SKIPPED: the contract of the Python clients, because there is no Python: ${packages.unavailable}`);
const clients = CLIENTS.filter((client) => client === 'TypeScript' || python !== undefined);

let contract: ContractStack;
let results: Awaited<ReturnType<typeof runRows>>;

beforeAll(async () => {
  const [getFile, stack] = await Promise.all([buildPrograms(), startContractStack()]);
  contract = stack;
  const startedAt = performance.now();
  results = await runRows(contract, ROWS, getFile, python);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const counts = [...results].map(([client, rows]) => `${client} ${rows.size}`).join(', ');
  console.log(`rows of the contract: ${counts}, in ${seconds} s`);
});
afterAll(() => contract?.close());

test('the names of the rows are different', () => {
  expect(new Set(ROWS.map(({ name }) => name)).size).toBe(ROWS.length);
});

describe.each(clients)('%s', (client) => {
  test.each(ROWS.filter((row) => listClients(row).includes(client)))('$name', (row) => {
    const result = results.get(client)?.get(row.name);
    if (result?.failure !== undefined) throw result.failure;
    if (result === undefined) throw new Error('The row was not run.');
    const { answers, runs, context } = result;
    expect(answers.map(({ id: _, ...answer }) => answer)).toEqual(
      row.calls.map((call) => ({
        ...('value' in call ? { value: matchPart(call.value) } : { error: expect.objectContaining(call.error) }),
        events: call.events ?? expect.any(Array),
      })),
    );
    if (client !== 'TypeScript') expectClass(result);
    expect(context.door.requests.length, 'requests').toEqual(row.requests);
    if (row.runs !== undefined) expect(runs, 'runs').toBe(row.runs);
    row.check?.(context);
  });
});

test.skipIf(python === undefined).each(['Python', 'Python async'] as const)(
  '20 callers of %s at once on two slots: each gets its result',
  async (client) => {
    const { stack } = contract;
    const runs = new Set<unknown>();
    const before = stack.mwaa.journal.length;
    for (const answer of await runCrowd(contract, getCommand(client, python ?? ''), 20)) {
      expect(answer).toMatchObject({ value: { outcome: 'succeeded', environment: 'two', replayed: false } });
      runs.add((answer as { value: { runId: string } }).value.runId);
    }
    expect(runs.size).toBe(20);
    const triggers = stack.mwaa.journal
      .slice(before)
      .filter(({ commandText }) => commandText?.startsWith('dags trigger'));
    expect(triggers.length).toBe(20);
    expect(stack.mwaa.getMaxConcurrent('two')).toBe(2);
  },
);

const matchPart = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
    ? expect.objectContaining(value)
    : value;

/** In Python, the class of an error says which problem it is. */
function expectClass({ answers }: RowResult): void {
  for (const answer of answers) {
    if (!('error' in answer) || answer.error.kind !== 'problem') continue;
    const { code = '', type } = answer.error;
    expect(type).toBe(Object.hasOwn(PROBLEM_TYPES, code) ? toClassName(code) : 'ProblemError');
  }
}
