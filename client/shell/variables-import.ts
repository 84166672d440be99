import { readFileSync } from 'node:fs';
import type { Catalogue } from '../../airflow/catalogue.ts';
import { argumentValue } from '../../airflow/invocation.ts';
import { parseKeepingNumbers } from '../../airflow/json-words.ts';
import { parse } from '../../airflow/parse.ts';
import { Refusal } from '../../airflow/refusal.ts';
import { isFrom } from '../../airflow/releases.ts';
import { catalogueNear } from '../../lib/config/catalogues.ts';
import type { AirflowCli } from '../airflow-cli.ts';
import { EXIT } from '../exit-codes.ts';
import { ProxyProblem } from '../library/mwaa-cli-proxy.ts';

interface Output {
  stdout(text: string): void;
  stderr(text: string): void;
  /** A sentence of ours, on standard error. */
  say(text: string): void;
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
  output: Output,
  codeOf: (problem: ProxyProblem) => number,
  signal: AbortSignal,
): Promise<number> {
  const release = await cli.release(signal);
  const { catalogue } = catalogueNear(release);
  try {
    const asked = askedIn(catalogue, argv);
    const variables = variablesIn(asked.file, release);
    const there = asked.existing === 'overwrite' ? new Set<string>() : await existing(cli, variables, signal);
    if (asked.existing === 'fail' && there.size > 0)
      throw new Fault(`Failed. These keys: ${listed(there)} already exists.`);
    const left = variables.filter(({ key }) => !there.has(key));
    const codes: number[] = [];
    for (const variable of left) codes.push(await set(cli, catalogue, variable, output, codeOf, signal));
    const failed = codes.filter((code) => code !== EXIT.ok);
    output.stdout(`${left.length - failed.length} of ${variables.length} variables successfully updated.\n`);
    if (failed.length > 0) output.stdout(`${failed.length} variable(s) failed to be updated.\n`);
    if (there.size > 0)
      output.stdout(`The variables with these keys: ${listed(there)} were skipped because they already exists\n`);
    return failed.includes(EXIT.unknown) ? EXIT.unknown : (failed[0] ?? EXIT.ok);
  } catch (error) {
    if (error instanceof Refusal) output.say(error.message);
    else if (error instanceof Fault) output.stderr(`${error.message}\n`);
    else throw error;
    return error instanceof Refusal ? EXIT.usage : EXIT.failed;
  }
}

/** The import cannot begin, in Airflow's own words. Its process exits 1. */
class Fault extends Error {}

interface Variable {
  readonly key: string;
  readonly value: string;
  readonly description?: string;
}

/** @throws Refusal */
function askedIn(catalogue: Catalogue, argv: readonly string[]): { file: string; existing: string } {
  const invocation = parse(catalogue, argv);
  return {
    file: argumentValue(invocation, 'file') ?? argumentValue(invocation, '--import') ?? '',
    existing: argumentValue(invocation, '--action-on-existing-key') ?? 'overwrite',
  };
}

/** @throws Fault */
function variablesIn(file: string, release: string): Variable[] {
  let content: unknown;
  try {
    content = parseKeepingNumbers(readFileSync(file, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Fault(
      code === 'ENOENT' ? 'Missing variables file.' : code ? `${file}: ${code}` : 'Invalid variables file.',
    );
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new Fault('Invalid variables file. It must be one JSON object: a key and a value for each variable.');
  }
  // From 3.0 on an entry may be an object that has the value and its description.
  const described = isFrom(release, '3');
  return Object.entries(content).map(([key, given]) => {
    const { value, description } = (given ?? {}) as { value?: unknown; description?: unknown };
    if (!described || typeof given !== 'object' || !value) return { key, value: textOf(given) };
    return { key, value: textOf(value), ...(typeof description === 'string' ? { description } : {}) };
  });
}

/** As Airflow stores it: a text as it is, everything else as JSON, in the layout and the ASCII of Python's `json.dumps(…, indent=2)`. */
const textOf = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : JSON.stringify(value, null, 2).replace(
        /[\u007f-\uffff]/g,
        (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );

async function existing(cli: AirflowCli, variables: readonly Variable[], signal: AbortSignal): Promise<Set<string>> {
  const { output } = await cli.run(['variables', 'list'], { format: 'json', signal });
  const known = new Set((output as { key: string }[]).map(({ key }) => key));
  return new Set(variables.flatMap(({ key }) => (known.has(key) ? [key] : [])).sort());
}

async function set(
  cli: AirflowCli,
  catalogue: Catalogue,
  { key, value, description }: Variable,
  { say }: Output,
  codeOf: (problem: ProxyProblem) => number,
  signal: AbortSignal,
): Promise<number> {
  const words = catalogue.commands.some(({ path }) => path.join(' ') === 'variables set')
    ? ['variables', 'set', ...(description === undefined ? [] : [`--description=${description}`]), '--', key, value]
    : ['variables', '--set', key, value];
  try {
    await cli.run(words, { format: 'raw', signal });
    say(`${key}: set`);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof ProxyProblem)) throw error;
    say(`${key}: ${error.message}`);
    return codeOf(error);
  }
}

/** A list as Python prints it. */
const listed = (keys: ReadonlySet<string>): string => `[${[...keys].map((key) => `'${key}'`).join(', ')}]`;
