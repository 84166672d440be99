import { type Argument, type Catalog, type Command, formatArgumentUsage, isSwitch } from '../../airflow/catalog.ts';
import { findNearestCatalog } from '../../airflow/catalogs.ts';
import { findCommand } from '../../airflow/find-command.ts';
import { Refusal } from '../../airflow/refusal.ts';
import { COMMAND_CATALOGS } from '../../files/command-catalogs.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { loadSettings } from '../settings.ts';
import type { Terminal } from '../terminal.ts';
import { wrapWords } from '../wrap-words.ts';
import { CLIENT_OPTIONS } from './client-options.ts';
import { createAirflowCli } from './create-airflow-cli.ts';
import { getHelpTopic } from './is-help-request.ts';

/** As argparse, where the width of the terminal is unknown. */
const DEFAULT_WIDTH = 80;
const MIN_WIDTH = 50;

/** How long to wait for the release of the environment. */
const HELP_TIMEOUT_MS = 5_000;

/**
 * Prints help from the catalog of the environment's release; runs nothing on Airflow. If the release is unknown or has no catalog,
 * prints the help of another release and says which.
 */
export async function printHelp(
  argv: readonly string[],
  { columns, environment, stdout, stderr }: Omit<Terminal, 'stdin'>,
  signal: AbortSignal,
): Promise<number> {
  const release = await findRelease(environment, AbortSignal.any([signal, AbortSignal.timeout(HELP_TIMEOUT_MS)]));
  const { catalog, exact } = findNearestCatalog(COMMAND_CATALOGS, release ?? COMMAND_CATALOGS.releases().at(-1)!);
  if (release === undefined || !exact) {
    const reason =
      release === undefined
        ? 'the release of the environment is unknown'
        : `there is no catalog for Airflow ${release}`;
    stderr(`airflow (proxy): ${reason}; this is the help for Airflow ${catalog.airflow}.\n`);
  }
  try {
    stdout(formatHelp(catalog, argv, Math.max(columns ?? DEFAULT_WIDTH, MIN_WIDTH)));
    if (argv.length > 0) return EXIT_CODES.ok;
    // Airflow prints its help as well, and exits with 2.
    stderr('airflow (proxy): No command. Write one, as in: airflow dags list\n');
    return EXIT_CODES.usage;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    stderr(`airflow (proxy): ${error.message}\n`);
    return EXIT_CODES.usage;
  }
}

/** Undefined after any error: help must work without settings and without a network. */
async function findRelease(environment: NodeJS.ProcessEnv, signal: AbortSignal): Promise<string | undefined> {
  try {
    const settings = await loadSettings(environment);
    return settings.airflowVersion ?? (await (await createAirflowCli(settings)).release(signal));
  } catch {
    return undefined;
  }
}

/**
 * Formats help like argparse: the overview, a group or a command.
 *
 * @throws Refusal for an unknown command
 */
export function formatHelp(catalog: Catalog, argv: readonly string[], width = DEFAULT_WIDTH): string {
  const words = getHelpTopic(argv);
  const [group] = words;
  if (group === undefined) return formatHelpOverview(catalog, width);
  const commands = catalog.commands.filter(({ path }) => path[0] === group && path.length > 1);
  if (words.length === 1 && commands.length > 0) return formatGroupHelp(group, commands, width);
  return formatCommandHelp(findCommand(catalog, words).command, width);
}

function formatHelpOverview({ airflow, commands }: Catalog, width: number): string {
  const groups = new Map<string, Command[]>();
  for (const command of commands.filter(({ path }) => path.length > 1)) {
    const name = command.path[0]!;
    groups.set(name, [...(groups.get(name) ?? []), command]);
  }
  const single = commands.filter(({ path }) => path.length === 1);
  return [
    formatUsageLines(
      'airflow',
      ['[-h]', ...Object.keys(CLIENT_OPTIONS).map((name) => `[${name}]`), 'GROUP_OR_COMMAND ...'],
      width,
    ),
    `Airflow ${airflow}. Run "airflow GROUP --help" for the commands of a group.\n`,
    ...formatHelpSection(
      width,
      'Options of this client, before the command',
      Object.entries(CLIENT_OPTIONS).map(([name, { help }]) => [name, help] as const),
    ),
    ...formatHelpSection(
      width,
      'Groups',
      [...groups].map(([name, members]) => [name, members.map(({ path }) => path[1]).join(', ')]),
    ),
    ...formatHelpSection(
      width,
      'Commands',
      single.map(({ path, help = '' }) => [path[0]!, help]),
    ),
  ].join('\n');
}

const formatGroupHelp = (group: string, commands: readonly Command[], width: number): string =>
  [
    `Usage: airflow ${group} [-h] COMMAND ...\n`,
    ...formatHelpSection(
      width,
      'Commands',
      commands.map(({ path, help = '' }) => [path.slice(1).join(' '), help]),
    ),
  ].join('\n');

function formatCommandHelp(command: Command, width: number): string {
  const positionals = command.arguments.filter(({ flags }) => flags === undefined);
  const options = command.arguments.filter(({ flags }) => flags !== undefined);
  return [
    formatUsageLines(`airflow ${command.path.join(' ')}`, command.arguments.map(formatBriefUsage), width),
    ...(command.help ? [`${wrapWords(command.help.split(/\s+/), width).join('\n')}\n`] : []),
    ...formatHelpSection(width, 'Positional Arguments', positionals.map(formatArgumentRow)),
    ...formatHelpSection(width, 'Options', [
      ['-h, --help', 'show this help message and exit'] as const,
      ...options.map(formatArgumentRow),
    ]),
  ].join('\n');
}

function formatArgumentRow(argument: Argument): readonly [name: string, text: string] {
  const { flags, dest, help = '', choices, default: defaultValue } = argument;
  const value = isSwitch(argument) ? '' : ` ${dest.toUpperCase()}`;
  const notes = [
    ...(choices?.some((choice) => !namesWord(help, choice)) ? [`one of ${choices.join(', ')}`] : []),
    ...(defaultValue === undefined ||
    isSwitch(argument) ||
    defaultValue === '' ||
    /\bdefaults?(?:: | is | to )/i.test(help)
      ? []
      : [`default ${defaultValue}`]),
  ];
  const text = `${help}${notes.length > 0 ? ` (${notes.join('; ')})` : ''}`.trim();
  return [flags === undefined ? dest : `${flags.join(', ')}${value}`, text];
}

const namesWord = (text: string, word: string | number): boolean => text.split(/[^\w-]+/).includes(String(word));

/** The section on options lists their choices. */
const formatBriefUsage = ({ choices: _, ...argument }: Argument): string => formatArgumentUsage(argument);

/** Like argparse: the arguments of the second line begin below those of the first. */
function formatUsageLines(program: string, parts: readonly string[], width: number): string {
  const head = `Usage: ${program} `;
  return `${head}${wrapWords(parts, width - head.length).join(`\n${' '.repeat(head.length)}`)}\n`;
}

const NAME_COLUMN_WIDTH = 24;

function formatHelpSection(
  width: number,
  title: string,
  rows: readonly (readonly [name: string, text: string])[],
): string[] {
  if (rows.length === 0) return [];
  const lines = rows.flatMap(([name, text]) => {
    const [first = '', ...others] = wrapWords(text.split(/\s+/), width - NAME_COLUMN_WIDTH);
    const fitsColumn = name.length + 2 < NAME_COLUMN_WIDTH - 1;
    const head = fitsColumn
      ? [`  ${name.padEnd(NAME_COLUMN_WIDTH - 2)}${first}`]
      : [`  ${name}`, `${' '.repeat(NAME_COLUMN_WIDTH)}${first}`];
    return [...head, ...others.map((line) => `${' '.repeat(NAME_COLUMN_WIDTH)}${line}`)].map((line) => line.trimEnd());
  });
  return [`${title}:`, ...lines.filter((line) => line !== ''), ''];
}
