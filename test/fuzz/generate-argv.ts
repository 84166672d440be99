import { type Argument, type Catalog, type Command, getPositionals, isSwitch } from '../../airflow/catalog.ts';
import { isJsonArgument } from '../../airflow/json-arguments.ts';
import type { Random } from './random.ts';

const NAMES = ['daily', 'reporting_x', 'a', 'team.b-1', 'run 1', 'scheduled__2024-01-01T00:00:00+00:00', 'Zürich', '*'];
const TEXTS = [
  ...NAMES,
  "it's",
  'say "hi"',
  '$HOME `x` $(id)',
  'a=b',
  'x,y',
  '-5',
  '-1.5',
  '-',
  '',
  ' ',
  'back\\slash',
  '~',
  '#',
  'a;b|c&d',
  '日本',
  '😀',
  '!',
  '{a,b}',
  '- x',
];
const JSON_TEXTS = [
  '{}',
  '{"a": 1}',
  '[1, 2.50, -3e2]',
  '{"é": "it\'s $5 `x` !"}',
  '"text"',
  '12345678901234567890',
  '{"a": 1, "a": 2}',
  'null',
  '{"b": "\\u00e9\\n\\\\"}',
  ' {"😀": "日本"} ',
  '{"n":\n\t1.0}',
];
const DATES = ['2024-01-01', '2024-01-01T00:00:00+00:00', '2024-02-30T25:00', '2024-01-01 10:00', 'manual__1'];

/** Generates an argv that a person might write: options in any of their spellings, with mostly valid values. */
export function generateArgv(command: Command, random: Random): string[] {
  const groups: string[][] = [];
  for (const argument of command.arguments) {
    if (argument.flags === undefined) continue;
    const chance = Math.max(2, Math.ceil(command.arguments.length / 3));
    if (argument.required || random.oneIn(chance)) groups.push(generateOption(command, argument, random));
    if (random.oneIn(40)) groups.push(generateOption(command, argument, random));
  }
  const positionals = getPositionals(command).flatMap((argument) => generatePositional(argument, random));
  const options = joinSwitches(random.shuffle(groups), random);
  return [...command.path, ...arrangeArgv(command, options, positionals, random)];
}

function generateOption(command: Command, argument: Argument, random: Random): string[] {
  const flag = random.pick(argument.flags!);
  if (isSwitch(argument)) return [flag];
  if (argument.arity === '*' || argument.arity === '+' || typeof argument.arity === 'number') {
    const count =
      typeof argument.arity === 'number' ? argument.arity : random.integerBelow(3) + (argument.arity === '+' ? 1 : 0);
    return [flag, ...Array.from({ length: count }, () => generateValue(argument, random))];
  }
  if (argument.arity === '?' && random.oneIn(3)) return [flag];
  const value = generateValue(argument, random);
  // A value that begins with "-" and is not a number must be attached.
  const looksLikeOption = value.startsWith('-') && !/^-\d*\.?\d*$/.test(value) && !value.includes(' ');
  const canBeJoined = /^-[A-Za-z]$/.test(flag) && value !== '' && !matchesLongFlag(command, flag + value);
  const form = random.integerBelow(looksLikeOption ? 2 : 4);
  if (form === 0 && canBeJoined) return [flag + value];
  return form <= 1 ? [`${flag}=${value}`] : [flag, value];
}

function matchesLongFlag(command: Command, word: string): boolean {
  return command.arguments.some(({ flags }) => flags?.some((flag) => flag === word || word.startsWith(`${flag}=`)));
}

function generatePositional(argument: Argument, random: Random): string[] {
  const { arity } = argument;
  const minimum = arity === '+' ? 1 : typeof arity === 'number' ? arity : arity === undefined ? 1 : 0;
  const more = arity === '*' || arity === '+' ? random.integerBelow(3) : arity === '?' ? random.integerBelow(2) : 0;
  return Array.from({ length: minimum + more }, () => generateValue(argument, random));
}

/** Generates a value for an argument. Free text may be difficult to quote. */
export function generateValue(argument: Argument, random: Random): string {
  if (argument.choices) {
    const choice = String(random.pick(argument.choices));
    return argument.type === 'lowercase' && random.oneIn(3) ? ` ${choice.toUpperCase()}` : choice;
  }
  if (isJsonArgument(argument)) return random.pick(JSON_TEXTS);
  switch (argument.type) {
    case 'integer':
      return random.pick(['0', '1', '-1', '007', '+5', '900']);
    case 'positive-integer':
    case 'non-negative-integer':
      return random.pick(['1', '25', '007', '+5']);
    case 'number':
      return random.pick(['1', '0.5', '-1.5', '1e3', '.5', '5.']);
    case 'date':
      return random.pick(DATES);
    case 'list':
      return random.pick(['log', 'log,xcom', 'a, b', '', ',']);
    default:
      return random.oneIn(3) ? random.pick(TEXTS) : random.pick(NAMES);
  }
}

/** Joins some adjacent short switches to one word, as in `-vy`, also with a following option and its value. */
function joinSwitches(groups: string[][], random: Random): string[][] {
  const joined: string[][] = [];
  for (const group of groups) {
    const last = joined.at(-1);
    const isShort = /^-[A-Za-z]$/.test(group[0]!);
    if (last?.length === 1 && /^-[A-Za-z]+$/.test(last[0]!) && isShort && random.oneIn(2)) {
      joined[joined.length - 1] = [last[0] + group[0]!.slice(1), ...group.slice(1)];
    } else joined.push(group);
  }
  return joined;
}

/** Puts options before, after and sometimes between the positionals, and adds `--` if it is needed or at random. */
function arrangeArgv(command: Command, options: string[][], positionals: string[], random: Random): string[] {
  const mustSeparate = positionals.some((word) => word.startsWith('-') && word.length > 1 && !/^-\d/.test(word));
  const couldConsumePositionals = (group: string[]) => {
    const option = command.arguments.find(({ flags }) => flags?.includes(group[0]!));
    return option?.arity !== undefined && positionals.length > 0;
  };
  if (mustSeparate || options.some(couldConsumePositionals) || random.oneIn(12)) {
    return [...options.flat(), ...(positionals.length > 0 ? ['--', ...positionals] : [])];
  }
  const split = random.integerBelow(options.length + 1);
  const before = options.slice(0, split).flat();
  const after = options.slice(split);
  if (!random.oneIn(12)) return [...before, ...positionals, ...after.flat()];
  const between = positionals.flatMap((word) => [word, ...(after.shift() ?? [])]);
  return [...before, ...between, ...after.flat()];
}

/** Returns a function that picks a random command. Commands with many options are more likely. */
export function createCommandPicker(catalog: Catalog, random: Random): () => Command {
  const weighted = catalog.commands.flatMap((command) =>
    Array.from({ length: 1 + Math.min(12, command.arguments.length) }, () => command),
  );
  return () => random.pick(weighted);
}
