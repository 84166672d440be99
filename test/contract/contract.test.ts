/** The contract of the clients: each row is true for the TypeScript client and for both Python clients. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PROBLEM_TYPES } from '../../contract/problem-types.ts';
import { buildPrograms } from '../../local/build-programs.ts';
import { toClassName } from '../../tools/python/problem-classes.ts';
import { type ContractStack, startContractStack } from './contract-stack.ts';
import { CLIENTS } from './drivers.ts';
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

const python = process.env.CONTRACT_PYTHON;

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

describe.each(CLIENTS)('%s', (client) => {
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
