import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  type Argument,
  type Catalog,
  type Command,
  getArgumentName,
  getPositionals,
} from '../../../airflow/catalog.ts';
import { CATALOGS } from '../../../files/catalogs.ts';
import { INSTALLABLE_RELEASES, isReleaseBefore } from '../../../local/airflow/installable-releases.ts';
import { getListedCommands } from '../../../local/mwaa/listed-commands.ts';

const CATALOG_FOLDER = new URL('../../../airflow/catalogs/', import.meta.url);

const OFFERED_RELEASES = Object.keys(INSTALLABLE_RELEASES);

/** Commands on AWS's list that a release does not have, and why. */
const MISSING_COMMANDS: readonly { command: string; releases: (release: string) => boolean; why: string }[] = [
  {
    command: 'providers triggerer',
    releases: (release) => !isReleaseBefore(release, '2.7'),
    why: "AWS's page says triggerer, from 2.7 on; Airflow's command is `providers triggers`",
  },
];

const argumentSchema = z.strictObject({
  flags: z
    .array(z.string().regex(/^-{1,2}[A-Za-z][A-Za-z_-]*$/))
    .min(1)
    .optional(),
  dest: z.string().regex(/^[a-z_]+$/),
  action: z.enum(['store-true', 'store-false', 'append', 'boolean-optional']).optional(),
  arity: z.union([z.enum(['?', '*', '+']), z.int().min(2)]).optional(),
  type: z
    .enum([
      ...['integer', 'positive-integer', 'non-negative-integer', 'number'],
      ...['json', 'date', 'list', 'lowercase', 'directory', 'file'],
    ] as NonNullable<Argument['type']>[])
    .optional(),
  choices: z.array(z.string()).min(1).optional(),
  required: z.literal(true).optional(),
  default: z.union([z.string(), z.number(), z.boolean()]).optional(),
  help: z.string().min(1).optional(),
}) satisfies z.ZodType<Argument>;

const catalogSchema = z.strictObject({
  airflow: z.string(),
  python: z.string().regex(/^3\.\d+\.\d+$/),
  commands: z.array(
    z.strictObject({
      path: z
        .array(z.string().regex(/^[a-z][a-z_-]*$/))
        .min(1)
        .max(2),
      help: z.string().min(1).optional(),
      listed: z.literal(true).optional(),
      arguments: z.array(argumentSchema),
    }) satisfies z.ZodType<Command>,
  ),
}) satisfies z.ZodType<Catalog>;

const findRepeated = (values: readonly string[]) => values.filter((value, at) => values.indexOf(value) !== at);

/** For each command the result of a look at it, without those where there was nothing to see. */
function findFaults(release: string, look: (command: Command) => readonly string[]): string[] {
  return CATALOGS.read(release).commands.flatMap((command) =>
    look(command).map((fault) => `${command.path.join(' ')}: ${fault}`),
  );
}

test('there is a catalog of every release that MWAA has offered', () => {
  // AWS documentation, "Airflow versions on Amazon MWAA", and announcements, as of November 2026.
  const sixteen =
    '1.10.12 2.0.2 2.2.2 2.4.3 2.5.1 2.6.3 2.7.2 2.8.1 2.9.2 2.10.1 2.10.3 2.11.0 2.11.2 3.0.6 3.2.1 3.3.1';

  expect(OFFERED_RELEASES).toEqual(expect.arrayContaining(sixteen.split(' ')));
  expect(CATALOGS.releases()).toEqual(OFFERED_RELEASES);
  expect(readdirSync(CATALOG_FOLDER)).toHaveLength(OFFERED_RELEASES.length);
});

describe.each(OFFERED_RELEASES)('the catalog of Airflow %s', (release) => {
  const text = readFileSync(new URL(`${release}.json`, CATALOG_FOLDER), 'utf8');

  test('has the shape that airflow/catalog.ts describes, and the versions it is of', () => {
    const read = catalogSchema.parse(JSON.parse(text));

    expect(read.airflow).toBe(release);
    expect(read.python.split('.').slice(0, 2).join('.')).toBe(INSTALLABLE_RELEASES[release]?.python);
  });

  test('names each command once, and each argument of a command once', () => {
    expect(findRepeated(CATALOGS.read(release).commands.map(({ path }) => path.join(' ')))).toEqual([]);
    expect(findFaults(release, (command) => findRepeated(command.arguments.map(getArgumentName)))).toEqual([]);
    expect(findFaults(release, (command) => findRepeated(command.arguments.map(({ dest }) => dest)))).toEqual([]);
    expect(
      findFaults(release, (command) => findRepeated(command.arguments.flatMap(({ flags }) => flags ?? []))),
    ).toEqual([]);
  });

  test('has no command that is the beginning of another', () => {
    const paths = CATALOGS.read(release).commands.map(({ path }) => path.join(' '));

    expect(paths.filter((path) => paths.some((other) => other.startsWith(`${path} `)))).toEqual([]);
  });

  // What airflow/parse.ts relies on.
  test('has plain positionals, only the last of them of flexible arity', () => {
    const flexible = ({ arity }: Argument) => arity !== undefined;

    expect(
      findFaults(release, (command) => getPositionals(command).slice(0, -1).filter(flexible).map(getArgumentName)),
    ).toEqual([]);
    expect(
      findFaults(release, (command) =>
        getPositionals(command)
          .filter(({ action, choices, required }) => action ?? choices ?? required)
          .map(getArgumentName),
      ),
    ).toEqual([]);
  });

  test.runIf(release !== '1.10.12')('spells one dash with one letter', () => {
    const odd = (flag: string) => /^-[^-]/.test(flag) && flag.length !== 2;

    expect(findFaults(release, (command) => command.arguments.flatMap(({ flags }) => flags ?? []).filter(odd))).toEqual(
      [],
    );
  });

  test('has and marks the commands that AWS lists', () => {
    const { commands } = CATALOGS.read(release);
    const names = new Set(commands.map(({ path }) => path.join(' ')));
    const missing = [...getListedCommands(release)].filter((command) => !names.has(command));
    const excused = MISSING_COMMANDS.filter(({ releases }) => releases(release)).map(({ command }) => command);
    const marked = commands.filter(({ listed }) => listed).map(({ path }) => path.join(' '));

    expect(missing.filter((command) => !excused.includes(command))).toEqual([]);
    expect(excused.filter((command) => names.has(command))).toEqual([]);
    expect(new Set(marked)).toEqual(new Set([...getListedCommands(release)].filter((command) => names.has(command))));
  });

  test('is small, and knows nothing of the machine that made it', () => {
    expect(text.length).toBeLessThan(96 * 1024);
    expect(
      text.match(/\/(?:home|Users|root|tmp|private|var|opt|usr|work)\/|pyenv|site-packages|localhost/g),
    ).toBeNull();
    expect(text).not.toContain('==SUPPRESS==');
  });
});

test('docs/releases.md has the table of releases', () => {
  const page = readFileSync(new URL('../../../docs/releases.md', import.meta.url), 'utf8');
  const rows = OFFERED_RELEASES.map((release) => {
    const { python, commands } = CATALOGS.read(release);
    const listed = commands.filter((command) => command.listed).length;
    return `| ${release} | ${python} | ${commands.length} | ${listed} |`;
  });
  const found = page.split('\n').map((line) => line.replace(/ +/g, ' '));

  expect(found.filter((line) => /^\| \d/.test(line))).toEqual(rows);
});
