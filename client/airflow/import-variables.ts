import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import type { Catalog } from '../../airflow/catalog.ts';
import { findNearestCatalog } from '../../airflow/catalogs.ts';
import { isReleaseAtLeast } from '../../airflow/compare-releases.ts';
import { getArgumentValue } from '../../airflow/invocation.ts';
import { parseInvocation } from '../../airflow/parse-invocation.ts';
import { formatPythonJson, isPythonTruthy, type PythonValue, parsePythonJson } from '../../airflow/python-json.ts';
import { Refusal } from '../../airflow/refusal.ts';
import { COMMAND_CATALOGS } from '../../files/command-catalogs.ts';
import type { AirflowCli } from '../airflow-cli.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { ProxyProblem } from '../library/proxy-problem.ts';
import { decodeUtf8 } from '../utf8.ts';
import type { CommandOutput } from './command-output.ts';

/**
 * Runs `variables import FILE` for a file on this machine, which MWAA cannot read: one `variables set` per key, in order, like
 * Airflow's own import. Prints the result of each key to standard error and Airflow's summary lines to standard output.
 *
 * @param toExitCode returns the exit code of a problem
 * @returns 0 if every variable is set; otherwise the exit code of the first problem, after all variables have been tried
 * @throws the signal's reason; errors of `AirflowCli` that are not about one variable
 */
export async function importVariables(
  argv: readonly string[],
  cli: AirflowCli,
  output: CommandOutput,
  toExitCode: (problem: ProxyProblem) => number,
  signal: AbortSignal,
): Promise<number> {
  const release = await cli.release(signal);
  const { catalog } = findNearestCatalog(COMMAND_CATALOGS, release);
  try {
    const { file, onExistingKey } = parseImportArguments(catalog, argv);
    const variables = readVariables(file, release);
    const existingKeys =
      onExistingKey === 'overwrite' ? new Set<string>() : await listExistingKeys(cli, variables, signal);
    if (onExistingKey === 'fail' && existingKeys.size > 0)
      throw new ImportError(`Failed. These keys: ${formatPythonList(existingKeys)} already exists.`);
    const newVariables = variables.filter(({ key }) => !existingKeys.has(key));
    const exitCodes: number[] = [];
    for (const variable of newVariables)
      exitCodes.push(await setVariable(cli, catalog, variable, output, toExitCode, signal));
    const failed = exitCodes.filter((exitCode) => exitCode !== EXIT_CODES.ok);
    output.stdout(`${newVariables.length - failed.length} of ${variables.length} variables successfully updated.\n`);
    if (failed.length > 0) output.stdout(`${failed.length} variable(s) failed to be updated.\n`);
    if (existingKeys.size > 0)
      output.stdout(
        `The variables with these keys: ${formatPythonList(existingKeys)} were skipped because they already exists\n`,
      );
    return failed.includes(EXIT_CODES.unknown) ? EXIT_CODES.unknown : (failed[0] ?? EXIT_CODES.ok);
  } catch (error) {
    if (error instanceof Refusal) output.printMessage(error.message);
    else if (error instanceof ImportError) output.stderr(`${error.message}\n`);
    else throw error;
    return error instanceof Refusal ? EXIT_CODES.usage : EXIT_CODES.failed;
  }
}

/** The import cannot start. The message is the one that Airflow prints, if it has one. Airflow exits with 1. */
class ImportError extends Error {}

interface AirflowVariable {
  readonly key: string;
  readonly value: string;
  readonly description?: string;
  /** Why Airflow's own import fails for this variable. */
  readonly problem?: string;
}

/** @throws Refusal */
function parseImportArguments(catalog: Catalog, argv: readonly string[]): { file: string; onExistingKey: string } {
  const invocation = parseInvocation(catalog, argv);
  return {
    file: getArgumentValue(invocation, 'file') ?? getArgumentValue(invocation, '--import') ?? '',
    onExistingKey: getArgumentValue(invocation, '--action-on-existing-key') ?? 'overwrite',
  };
}

/**
 * Reads the variables of a file as Airflow's own import of the release does. Source: `variables_import` in
 * `airflow/cli/commands/variable_command.py`.
 *
 * @throws ImportError
 */
function readVariables(file: string, release: string): AirflowVariable[] {
  if (isReleaseAtLeast(release, '3.2')) checkExtension(file);
  const content = readJson(file);
  if (!(content instanceof Map)) {
    throw new ImportError(
      'Invalid variables file. It must contain one JSON object with a key and a value for each variable.',
    );
  }
  return [...(content as ReadonlyMap<string, PythonValue>)].map(([key, entry]) => {
    const { value, description } = findDescribedValue(entry, release) ?? { value: entry, description: null };
    const variable = {
      key,
      value: formatVariableValue(value),
      ...(description === null ? {} : { description: formatVariableValue(description) }),
    };
    const problem = findProblem(variable, description);
    return problem === undefined ? variable : { ...variable, problem };
  });
}

function findProblem(variable: AirflowVariable, description: PythonValue): string | undefined {
  if (typeof description === 'object' && description !== null) return 'Its description is not a text.';
  return Object.values(variable).every((text) => text.isWellFormed())
    ? undefined
    : 'It has half of a surrogate pair, which cannot be stored.';
}

/** @throws ImportError */
function readJson(file: string): PythonValue {
  try {
    return parsePythonJson(decodeUtf8(readFileSync(file)));
  } catch (error) {
    if (error instanceof SyntaxError) throw new ImportError('Invalid variables file.', { cause: error });
    if (error instanceof RangeError) throw new ImportError('The variables are nested too deeply.', { cause: error });
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') {
      const hint = file === '-' ? ' For standard input, write: airflow variables import /dev/stdin' : '';
      throw new ImportError(`Missing variables file.${hint}`);
    }
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') throw new ImportError(`${file} is not encoded in UTF-8.`);
    throw new ImportError(`${file} cannot be read (${code}).`, { cause: error });
  }
}

/** Since 3.2, Airflow selects the format by the extension. The client reads only JSON. */
function checkExtension(file: string): void {
  const extension = extname(file).slice(1).toLowerCase();
  if (extension === 'json' || file.startsWith('/dev/')) return;
  throw new ImportError(
    ['env', 'yaml', 'yml'].includes(extension)
      ? `The client imports only JSON. Convert ${file} to JSON.`
      : 'Unsupported file format. The file must have one of the following extensions: .env .json .yaml .yml',
  );
}

/** From 3.0 on, an entry may be an object with a value and a description; until 3.2 only if the value is not empty. */
function findDescribedValue(
  entry: PythonValue,
  release: string,
): { readonly value: PythonValue; readonly description: PythonValue } | undefined {
  if (!(entry instanceof Map) || !isReleaseAtLeast(release, '3')) return undefined;
  const value = (entry as ReadonlyMap<string, PythonValue>).get('value');
  const isDescribed = isReleaseAtLeast(release, '3.3') ? value !== undefined : isPythonTruthy(value);
  return isDescribed ? { value: value!, description: entry.get('description') ?? null } : undefined;
}

/** The text that Airflow stores: a string unchanged, any other value like Python's `json.dumps(…, indent=2)`. */
const formatVariableValue = (value: PythonValue): string =>
  typeof value === 'string' ? value : formatPythonJson(value);

async function listExistingKeys(
  cli: AirflowCli,
  variables: readonly AirflowVariable[],
  signal: AbortSignal,
): Promise<Set<string>> {
  const { output } = await cli.run(['variables', 'list'], { format: 'json', signal });
  const allKeys = new Set((output as { key: string }[]).map(({ key }) => key));
  return new Set(variables.flatMap(({ key }) => (allKeys.has(key) ? [key] : [])).sort());
}

async function setVariable(
  cli: AirflowCli,
  catalog: Catalog,
  { key, value, description, problem }: AirflowVariable,
  { printMessage }: CommandOutput,
  toExitCode: (problem: ProxyProblem) => number,
  signal: AbortSignal,
): Promise<number> {
  const argv = catalog.commands.some(({ path }) => path.join(' ') === 'variables set')
    ? ['variables', 'set', ...(description === undefined ? [] : [`--description=${description}`]), '--', key, value]
    : ['variables', '--set', key, value];
  if (problem !== undefined) {
    printMessage(`${key.toWellFormed()}: ${problem}`);
    return EXIT_CODES.failed;
  }
  try {
    await cli.run(argv, { format: 'raw', signal });
    printMessage(`${key}: set`);
    return EXIT_CODES.ok;
  } catch (error) {
    if (!(error instanceof ProxyProblem) || signal.aborted) throw error;
    printMessage(`${key}: ${error.message}`);
    return toExitCode(error);
  }
}

/** A list of strings as Python prints it. */
const formatPythonList = (keys: ReadonlySet<string>): string => `[${[...keys].map((key) => `'${key}'`).join(', ')}]`;
