import { type Argument, type Catalogue, type Command, isSwitch, usageOf } from '../../airflow/catalogue.ts';
import { findCommand } from '../../airflow/find-command.ts';
import { Refusal } from '../../airflow/refusal.ts';
import { catalogueNear, catalogueReleases } from '../../lib/config/catalogues.ts';
import { airflowCli } from '../airflow-cli.ts';
import { EXIT } from '../exit-codes.ts';
import { filled } from '../filled.ts';
import { settingsFrom } from '../settings.ts';
import type { Terminal } from '../terminal.ts';

/** Nobody waits longer for the release that help is read from. */
const LONGEST_MS = 5_000;

/**
 * Help on the spot: nothing is run on Airflow. It is of the environment's release; of the newest one, which is said, where that
 * cannot be told.
 */
export async function help(
  argv: readonly string[],
  { environment, stdout, stderr }: Omit<Terminal, 'stdin'>,
  signal: AbortSignal,
): Promise<number> {
  const release = await releaseOf(environment, AbortSignal.any([signal, AbortSignal.timeout(LONGEST_MS)]));
  const { catalogue, exact } = catalogueNear(release ?? catalogueReleases().at(-1)!);
  if (release === undefined || !exact) stderr(`airflow (proxy): this is the help of Airflow ${catalogue.airflow}.\n`);
  try {
    stdout(helpText(catalogue, argv));
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    stderr(`airflow (proxy): ${error.message}\n`);
    return EXIT.usage;
  }
}

/** Whatever is missing for it: help is there all the same. */
async function releaseOf(environment: NodeJS.ProcessEnv, signal: AbortSignal): Promise<string | undefined> {
  try {
    const settings = await settingsFrom(environment);
    return settings.airflowVersion ?? (await (await airflowCli(settings)).release(signal));
  } catch {
    return undefined;
  }
}

/**
 * What argparse would print, in its order.
 *
 * @throws Refusal for what is no command
 */
export function helpText(catalogue: Catalogue, argv: readonly string[]): string {
  const words = argv.filter((word) => !word.startsWith('-'));
  const [group] = words;
  if (group === undefined) return overview(catalogue);
  const commands = catalogue.commands.filter(({ path }) => path[0] === group && path.length > 1);
  if (words.length === 1 && commands.length > 0) return helpOfGroup(group, commands);
  return helpOf(findCommand(catalogue, words).command);
}

function overview({ airflow, commands }: Catalogue): string {
  const groups = new Map<string, Command[]>();
  for (const command of commands.filter(({ path }) => path.length > 1)) {
    const name = command.path[0]!;
    groups.set(name, [...(groups.get(name) ?? []), command]);
  }
  const single = commands.filter(({ path }) => path.length === 1);
  return [
    'Usage: airflow [-h] GROUP_OR_COMMAND ...\n',
    `Airflow ${airflow}. "airflow GROUP --help" tells more.\n`,
    ...section(
      'Groups',
      [...groups].map(([name, those]) => [name, those.map(({ path }) => path[1]).join(', ')]),
    ),
    ...section(
      'Commands',
      single.map(({ path, help = '' }) => [path[0]!, help]),
    ),
  ].join('\n');
}

const helpOfGroup = (group: string, commands: readonly Command[]): string =>
  [
    `Usage: airflow ${group} [-h] COMMAND ...\n`,
    ...section(
      'Commands',
      commands.map(({ path, help = '' }) => [path.slice(1).join(' '), help]),
    ),
  ].join('\n');

function helpOf(command: Command): string {
  const positionals = command.arguments.filter(({ flags }) => flags === undefined);
  const options = command.arguments.filter(({ flags }) => flags !== undefined);
  return [
    `Usage: airflow ${usageOf(command)}\n`,
    ...(command.help ? [`${command.help}\n`] : []),
    ...section('Positional Arguments', positionals.map(row)),
    ...section('Options', [['-h, --help', 'show this help message and exit'] as const, ...options.map(row)]),
  ].join('\n');
}

function row(argument: Argument): readonly [name: string, text: string] {
  const { flags, dest, help = '', choices, default: usual } = argument;
  const value = isSwitch(argument) ? '' : ` ${dest.toUpperCase()}`;
  const notes = [
    ...(choices === undefined ? [] : [`one of ${choices.join(', ')}`]),
    ...(usual === undefined || isSwitch(argument) || usual === '' ? [] : [`default ${usual}`]),
  ];
  const text = `${help}${notes.length > 0 ? ` (${notes.join('; ')})` : ''}`.trim();
  return [flags === undefined ? dest : `${flags.join(', ')}${value}`, text];
}

const WIDTH = 100;
const COLUMN = 24;

function section(title: string, rows: readonly (readonly [name: string, text: string])[]): string[] {
  if (rows.length === 0) return [];
  const lines = rows.flatMap(([name, text]) => {
    const [first = '', ...others] = filled(text.split(/\s+/), WIDTH - COLUMN);
    const short = name.length + 2 < COLUMN - 1;
    const head = short ? [`  ${name.padEnd(COLUMN - 2)}${first}`] : [`  ${name}`, `${' '.repeat(COLUMN)}${first}`];
    return [...head, ...others.map((line) => `${' '.repeat(COLUMN)}${line}`)].map((line) => line.trimEnd());
  });
  return [`${title}:`, ...lines.filter((line) => line !== ''), ''];
}
