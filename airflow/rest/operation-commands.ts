import { type Argument, type Catalog, type Command, getArgumentName, isSwitch } from '../catalog.ts';
import { parseInvocation } from '../parse-invocation.ts';
import { Refusal } from '../refusal.ts';
import type { OperationCall } from './parse-call.ts';
import { type CallReader, readCall } from './read-call.ts';

/**
 * The argv of a command that shows and changes at least as much as a call, in the words of the release. Whoever may run the command may
 * make the call. The argv is for the decision alone: nobody runs it.
 *
 * Every query parameter and every member of the body must be accounted for: as an argument of the command, or because it only selects or
 * orders what the command shows.
 *
 * @returns undefined if no command covers the call. `OperationFacts.beyond` says what it shows or changes beyond commands
 */
export function findCommandArgv(call: OperationCall, catalog: Catalog): readonly string[] | undefined {
  const name = `${call.operation.method} ${call.operation.path}`;
  const map = Object.hasOwn(MAPPINGS, name) ? MAPPINGS[name] : undefined;
  const reader = readCall(call);
  if (map === undefined || reader === undefined) return undefined;
  const meaning = map(reader, catalog);
  if (meaning === undefined || !reader.isComplete()) return undefined;
  return renderArgv(catalog, meaning);
}

/** A command with its arguments by argparse's `dest`, which is the same for options and positional arguments. */
interface Meaning {
  /** `dags trigger`. */
  readonly command: string;
  /** `false` leaves out a switch, or writes the negative one. */
  readonly values?: Readonly<Record<string, Value>>;
  /** Arguments that only some releases have. Releases without them do the same by default. */
  readonly valuesWhereKnown?: Readonly<Record<string, Value>>;
}

type Value = string | boolean | undefined;

/** @param reader gives each value once. What it does not give is not accounted for */
type Mapping = (reader: CallReader, catalog: Catalog) => Meaning | undefined;

/** Other names of a `dest` in other releases. */
const OTHER_DESTS: Readonly<Record<string, string>> = {
  logical_date: 'exec_date',
};

const MAPPINGS: Readonly<Record<string, Mapping>> = {
  'GET /version': () => ({ command: 'version' }),

  'POST /dags/{dag_id}/dagRuns': ({ path, text, object, fail }) => {
    const conf = object('conf');
    const logicalDate = text('logical_date');
    const executionDate = text('execution_date');
    if (logicalDate !== undefined && executionDate !== undefined && logicalDate !== executionDate) fail();
    return {
      command: 'dags trigger',
      values: {
        dag_id: path.dag_id,
        // An empty conf is the same as none.
        conf: conf === '{}' ? undefined : conf,
        run_id: text('dag_run_id'),
        logical_date: logicalDate ?? executionDate,
      },
    };
  },
  'PATCH /dags/{dag_id}': ({ path, boolean, texts }) => {
    const isPaused = boolean('is_paused');
    const mask = texts('update_mask') ?? ['is_paused'];
    if (isPaused === undefined || !mask.every((name) => name === 'is_paused')) return undefined;
    return { command: isPaused ? 'dags pause' : 'dags unpause', values: { dag_id: path.dag_id } };
  },

  // The description is less secret than the value, which the command shows.
  'GET /variables/{variable_key}': ({ path }) => ({ command: 'variables get', values: { key: path.variable_key } }),
  'POST /variables': setVariable,
  'PATCH /variables/{variable_key}': setVariable,
  'DELETE /variables/{variable_key}': ({ path }) => ({
    command: 'variables delete',
    values: { key: path.variable_key },
  }),
};

/** The command sets a variable as a whole. A request that keeps the value would show it. */
function setVariable({ path, text, texts }: CallReader): Meaning | undefined {
  const key = text('key');
  const value = text('value');
  const mask = texts('update_mask') ?? ['value'];
  if (key === undefined || value === undefined || !mask.includes('value')) return undefined;
  if (path.variable_key !== undefined && path.variable_key !== key) return undefined;
  return { command: 'variables set', values: { key, value, description: text('description') } };
}

/** @returns undefined if the release lacks the command or an argument, or if Airflow's command would not accept a value */
function renderArgv(catalog: Catalog, { command: name, values = {}, valuesWhereKnown = {} }: Meaning) {
  const command = findCommandByName(catalog, name);
  if (command === undefined) return undefined;
  const found = new Map<Argument, string | boolean>();
  for (const [dest, value] of Object.entries({ ...valuesWhereKnown, ...values })) {
    const argument = findArgument(command, dest);
    if (argument !== undefined && value !== undefined) found.set(argument, value);
    else if (value !== undefined && value !== false && Object.hasOwn(values, dest)) return undefined;
  }
  const options: string[] = [];
  const positionals: string[] = [];
  for (const argument of command.arguments) {
    const value = found.get(argument);
    if (typeof value === 'boolean') {
      const flag = findSwitchFlag(argument, value);
      if (flag !== undefined) options.push(flag);
    } else if (value !== undefined) {
      if (argument.flags === undefined) positionals.push(value);
      else options.push(`${getArgumentName(argument)}=${value}`);
    }
  }
  const separator = positionals.some((word) => word.startsWith('-')) ? ['--'] : [];
  const argv = [...command.path, ...options, ...separator, ...positionals];
  return isAccepted(catalog, argv) ? argv : undefined;
}

const findCommandByName = ({ commands }: Catalog, name: string): Command | undefined =>
  commands.find(({ path }) => path.join(' ') === name);

const findArgument = (command: Command, dest: string): Argument | undefined =>
  command.arguments.find((argument) => argument.dest === dest) ??
  command.arguments.find((argument) => argument.dest === OTHER_DESTS[dest]);

/** The spelling that turns a switch on or off, or undefined if it is off without one. */
function findSwitchFlag(argument: Argument, isOn: boolean): string | undefined {
  if (!isSwitch(argument)) throw new Error(`${argument.dest} is no switch.`);
  const isNegative = (flag: string): boolean => flag.startsWith('--no-');
  if (argument.action === 'boolean-optional') return argument.flags?.find((flag) => isNegative(flag) !== isOn);
  return isOn ? getArgumentName(argument) : undefined;
}

function isAccepted(catalog: Catalog, argv: readonly string[]): boolean {
  try {
    parseInvocation(catalog, argv);
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}
