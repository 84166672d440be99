import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Argument, type Catalogue, type Command, nameOf, positionalsOf } from '../../../airflow/catalogue.ts';
import { catalogueReleases, readCatalogue } from '../../../lib/config/catalogues.ts';
import { isBefore, RELEASES } from '../../../local/airflow/releases.ts';
import { listedCommands } from '../../../local/mwaa/listed-commands.ts';

const FOLDER = new URL('../../../airflow/catalogues/', import.meta.url);

const OFFERED = Object.keys(RELEASES);

/** Commands on AWS's list that a release does not have, and why. */
const NOT_THERE: readonly { command: string; releases: (release: string) => boolean; why: string }[] = [
  {
    command: 'providers triggerer',
    releases: (release) => !isBefore(release, '2.7'),
    why: "AWS's page says triggerer, from 2.7 on; Airflow's command is `providers triggers`",
  },
];

const argument = z.strictObject({
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

const catalogue = z.strictObject({
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
      arguments: z.array(argument),
    }) satisfies z.ZodType<Command>,
  ),
}) satisfies z.ZodType<Catalogue>;

const repeated = (values: readonly string[]) => values.filter((value, at) => values.indexOf(value) !== at);

/** For each command the result of a look at it, without those where there was nothing to see. */
function faults(release: string, look: (command: Command) => readonly string[]): string[] {
  return readCatalogue(release).commands.flatMap((command) =>
    look(command).map((fault) => `${command.path.join(' ')}: ${fault}`),
  );
}

test('there is a catalogue of every release that MWAA has offered', () => {
  // AWS documentation, "Airflow versions on Amazon MWAA", and announcements, as of November 2026.
  const sixteen =
    '1.10.12 2.0.2 2.2.2 2.4.3 2.5.1 2.6.3 2.7.2 2.8.1 2.9.2 2.10.1 2.10.3 2.11.0 2.11.2 3.0.6 3.2.1 3.3.1';

  expect(OFFERED).toEqual(expect.arrayContaining(sixteen.split(' ')));
  expect(catalogueReleases()).toEqual(OFFERED);
  expect(readdirSync(FOLDER)).toHaveLength(OFFERED.length);
});

describe.each(OFFERED)('the catalogue of Airflow %s', (release) => {
  const text = readFileSync(new URL(`${release}.json`, FOLDER), 'utf8');

  test('has the shape that airflow/catalogue.ts describes, and the versions it is of', () => {
    const read = catalogue.parse(JSON.parse(text));

    expect(read.airflow).toBe(release);
    expect(read.python.split('.').slice(0, 2).join('.')).toBe(RELEASES[release]?.python);
  });

  test('names each command once, and each argument of a command once', () => {
    expect(repeated(readCatalogue(release).commands.map(({ path }) => path.join(' ')))).toEqual([]);
    expect(faults(release, (command) => repeated(command.arguments.map(nameOf)))).toEqual([]);
    expect(faults(release, (command) => repeated(command.arguments.map(({ dest }) => dest)))).toEqual([]);
    expect(faults(release, (command) => repeated(command.arguments.flatMap(({ flags }) => flags ?? [])))).toEqual([]);
  });

  test('has no command that is the beginning of another', () => {
    const paths = readCatalogue(release).commands.map(({ path }) => path.join(' '));

    expect(paths.filter((path) => paths.some((other) => other.startsWith(`${path} `)))).toEqual([]);
  });

  // What airflow/parse.ts relies on.
  test('has plain positionals, only the last of them of flexible arity', () => {
    const flexible = ({ arity }: Argument) => arity !== undefined;

    expect(faults(release, (command) => positionalsOf(command).slice(0, -1).filter(flexible).map(nameOf))).toEqual([]);
    expect(
      faults(release, (command) =>
        positionalsOf(command)
          .filter(({ action, choices, required }) => action ?? choices ?? required)
          .map(nameOf),
      ),
    ).toEqual([]);
  });

  test.runIf(release !== '1.10.12')('spells one dash with one letter', () => {
    const odd = (flag: string) => /^-[^-]/.test(flag) && flag.length !== 2;

    expect(faults(release, (command) => command.arguments.flatMap(({ flags }) => flags ?? []).filter(odd))).toEqual([]);
  });

  test('has and marks the commands that AWS lists', () => {
    const { commands } = readCatalogue(release);
    const names = new Set(commands.map(({ path }) => path.join(' ')));
    const missing = [...listedCommands(release)].filter((command) => !names.has(command));
    const excused = NOT_THERE.filter(({ releases }) => releases(release)).map(({ command }) => command);
    const marked = commands.filter(({ listed }) => listed).map(({ path }) => path.join(' '));

    expect(missing.filter((command) => !excused.includes(command))).toEqual([]);
    expect(excused.filter((command) => names.has(command))).toEqual([]);
    expect(new Set(marked)).toEqual(new Set([...listedCommands(release)].filter((command) => names.has(command))));
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
  const rows = OFFERED.map((release) => {
    const { python, commands } = readCatalogue(release);
    const listed = commands.filter((command) => command.listed).length;
    return `| ${release} | ${python} | ${commands.length} | ${listed} |`;
  });
  const found = page.split('\n').map((line) => line.replace(/ +/g, ' '));

  expect(found.filter((line) => /^\| \d/.test(line))).toEqual(rows);
});
