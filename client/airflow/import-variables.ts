import { readFileSync } from 'node:fs';
import type { Catalog } from '../../airflow/catalog.ts';
import { findNearestCatalog } from '../../airflow/catalogs.ts';
import { isReleaseAtLeast } from '../../airflow/compare-releases.ts';
import { getArgumentValue } from '../../airflow/invocation.ts';
import { parseJsonKeepingNumbers } from '../../airflow/json-argv.ts';
import { parseInvocation } from '../../airflow/parse-invocation.ts';
import { Refusal } from '../../airflow/refusal.ts';
import { CATALOGS } from '../../files/catalogs.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { ProxyProblem } from '../library/mwaa-cli-proxy.ts';
import type { AirflowCli } from './create-airflow-cli.ts';

interface ImportOutput {
  stdout(text: string): void;
  stderr(text: string): void;
  /** A sentence of ours, on standard error. */
  printMessage(text: string): void;
}

/**
 * `variables import FILE`, whose file is here and not on the web server: one `variables set` a key, one after the other, as Airflow's
 * own import does. A result for each goes to standard error, Airflow's own closing lines to standard output.
 *
 * @param codeOf exit code of a problem
 * @returns 0 where every variable is set; else the first problem's exit code, after all have been tried
 * @throws the signal's reason; what `AirflowCli` throws that is no problem of one variable
 */
export async function importVariables(
  argv: readonly string[],
  cli: AirflowCli,
  output: ImportOutput,
  codeOf: (problem: ProxyProblem) => number,
  signal: AbortSignal,
): Promise<number> {
  const release = await cli.release(signal);
  const { catalog } = findNearestCatalog(CATALOGS, release);
  try {
    const asked = parseImportArguments(catalog, argv);
    const variables = readVariables(asked.file, release);
    const there = asked.existing === 'overwrite' ? new Set<string>() : await listExistingKeys(cli, variables, signal);
    if (asked.existing === 'fail' && there.size > 0)
      throw new ImportError(`Failed. These keys: ${formatPythonList(there)} already exists.`);
    const left = variables.filter(({ key }) => !there.has(key));
    const codes: number[] = [];
    for (const variable of left) codes.push(await setVariable(cli, catalog, variable, output, codeOf, signal));
    const failed = codes.filter((code) => code !== EXIT_CODES.ok);
    output.stdout(`${left.length - failed.length} of ${variables.length} variables successfully updated.\n`);
    if (failed.length > 0) output.stdout(`${failed.length} variable(s) failed to be updated.\n`);
    if (there.size > 0)
      output.stdout(
        `The variables with these keys: ${formatPythonList(there)} were skipped because they already exists\n`,
      );
    return failed.includes(EXIT_CODES.unknown) ? EXIT_CODES.unknown : (failed[0] ?? EXIT_CODES.ok);
  } catch (error) {
    if (error instanceof Refusal) output.printMessage(error.message);
    else if (error instanceof ImportError) output.stderr(`${error.message}\n`);
    else throw error;
    return error instanceof Refusal ? EXIT_CODES.usage : EXIT_CODES.failed;
  }
}

/** The import cannot begin, in Airflow's own words. Its process exits 1. */
class ImportError extends Error {}

interface AirflowVariable {
  readonly key: string;
  readonly value: string;
  readonly description?: string;
}

/** @throws Refusal */
function parseImportArguments(catalog: Catalog, argv: readonly string[]): { file: string; existing: string } {
  const invocation = parseInvocation(catalog, argv);
  return {
    file: getArgumentValue(invocation, 'file') ?? getArgumentValue(invocation, '--import') ?? '',
    existing: getArgumentValue(invocation, '--action-on-existing-key') ?? 'overwrite',
  };
}

/** @throws Fault */
function readVariables(file: string, release: string): AirflowVariable[] {
  let content: unknown;
  try {
    content = parseJsonKeepingNumbers(readFileSync(file, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ImportError(
      code === 'ENOENT' ? 'Missing variables file.' : code ? `${file}: ${code}` : 'Invalid variables file.',
    );
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new ImportError('Invalid variables file. It must be one JSON object: a key and a value for each variable.');
  }
  // From 3.0 on an entry may be an object that has the value and its description.
  const described = isReleaseAtLeast(release, '3');
  return Object.entries(content).map(([key, given]) => {
    const { value, description } = (given ?? {}) as { value?: unknown; description?: unknown };
    if (!described || typeof given !== 'object' || !value) return { key, value: formatVariableValue(given) };
    return { key, value: formatVariableValue(value), ...(typeof description === 'string' ? { description } : {}) };
  });
}

/** As Airflow stores it: a text as it is, everything else as JSON, in the layout and the ASCII of Python's `json.dumps(…, indent=2)`. */
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
  const known = new Set((output as { key: string }[]).map(({ key }) => key));
  return new Set(variables.flatMap(({ key }) => (known.has(key) ? [key] : [])).sort());
}

async function setVariable(
  cli: AirflowCli,
  catalog: Catalog,
  { key, value, description }: AirflowVariable,
  { printMessage }: ImportOutput,
  codeOf: (problem: ProxyProblem) => number,
  signal: AbortSignal,
): Promise<number> {
  const words = catalog.commands.some(({ path }) => path.join(' ') === 'variables set')
    ? ['variables', 'set', ...(description === undefined ? [] : [`--description=${description}`]), '--', key, value]
    : ['variables', '--set', key, value];
  try {
    await cli.run(words, { format: 'raw', signal });
    printMessage(`${key}: set`);
    return EXIT_CODES.ok;
  } catch (error) {
    if (!(error instanceof ProxyProblem)) throw error;
    printMessage(`${key}: ${error.message}`);
    return codeOf(error);
  }
}

/** A list as Python prints it. */
const formatPythonList = (keys: ReadonlySet<string>): string => `[${[...keys].map((key) => `'${key}'`).join(', ')}]`;
