import { readFileSync } from 'node:fs';
import type { Catalog } from '../../airflow/catalog.ts';
import { findNearestCatalog } from '../../airflow/catalogs.ts';
import { isReleaseAtLeast } from '../../airflow/compare-releases.ts';
import { getArgumentValue } from '../../airflow/invocation.ts';
import { parseInvocation } from '../../airflow/parse-invocation.ts';
import { parseJsonKeepingNumbers } from '../../airflow/parse-json.ts';
import { Refusal } from '../../airflow/refusal.ts';
import { CATALOGS } from '../../files/catalogs.ts';
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
  const { catalog } = findNearestCatalog(CATALOGS, release);
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
}

/** @throws Refusal */
function parseImportArguments(catalog: Catalog, argv: readonly string[]): { file: string; onExistingKey: string } {
  const invocation = parseInvocation(catalog, argv);
  return {
    file: getArgumentValue(invocation, 'file') ?? getArgumentValue(invocation, '--import') ?? '',
    onExistingKey: getArgumentValue(invocation, '--action-on-existing-key') ?? 'overwrite',
  };
}

/** @throws ImportError */
function readVariables(file: string, release: string): AirflowVariable[] {
  let content: unknown;
  try {
    content = parseJsonKeepingNumbers(decodeUtf8(readFileSync(file)));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof TypeError)
      throw new ImportError(`${file} is not valid UTF-8. Convert it, for example with iconv.`);
    if (code === 'ENOENT') throw new ImportError('Missing variables file.');
    throw new ImportError(code ? `${file} cannot be read (${code}).` : 'Invalid variables file.');
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new ImportError(
      'Invalid variables file. It must contain one JSON object with a key and a value for each variable.',
    );
  }
  // From 3.0 on, an entry may be an object with a value and a description.
  const allowsDescriptions = isReleaseAtLeast(release, '3');
  return Object.entries(content).map(([key, entry]) => {
    const { value, description } = (entry ?? {}) as { value?: unknown; description?: unknown };
    if (!allowsDescriptions || typeof entry !== 'object' || !value) return { key, value: formatVariableValue(entry) };
    return { key, value: formatVariableValue(value), ...(typeof description === 'string' ? { description } : {}) };
  });
}

/** The text that Airflow stores: a string unchanged, any other value like Python's `json.dumps(…, indent=2)`, in ASCII. */
const formatVariableValue = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : JSON.stringify(value, null, 2).replace(
        /[\u007f-\uffff]/g,
        (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );

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
  { key, value, description }: AirflowVariable,
  { printMessage }: CommandOutput,
  toExitCode: (problem: ProxyProblem) => number,
  signal: AbortSignal,
): Promise<number> {
  const argv = catalog.commands.some(({ path }) => path.join(' ') === 'variables set')
    ? ['variables', 'set', ...(description === undefined ? [] : [`--description=${description}`]), '--', key, value]
    : ['variables', '--set', key, value];
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
