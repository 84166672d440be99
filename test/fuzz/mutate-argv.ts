import type { Command } from '../../airflow/catalog.ts';
import type { Random } from './random.ts';

const HOSTILE_WORDS = [
  '--',
  '-',
  '',
  ' ',
  '=',
  '-=',
  '--=',
  '---',
  '--=x',
  '-h',
  '--help',
  '--hel',
  '-vh',
  '-5',
  '-0',
  '-1.5',
  '-.5',
  '-5.',
  '-1_0',
  '-٣',
  '-5\n',
  '-e-1',
  '1_000',
  '٣',
  ' 5',
  '1e5',
  '0x10',
  'nan',
  'true',
  '-x',
  '- x',
  '-c x',
  '--conf x',
  '--conf={} x',
  '-v=1',
  '-vo=json',
  '-vojson',
  '-v5',
  '-vv',
  '-vy',
  '-yv',
  '--verbose',
  '--no-verbose',
  '--verbose=',
  '--output',
  '--output=json',
  '--output=',
  '--outp',
  '--o',
  '-ojson',
  '-o=json',
  '-o',
  '--conf',
  '--conf=--',
  '--conf=',
  '-c',
  '-c{}',
  '{}',
  '{"a":1}',
  '{"a":NaN}',
  '\ufeff{}',
  '\ufeffjson',
  '['.repeat(600) + ']'.repeat(600),
  '9'.repeat(4301),
  'JSON',
  ' json ',
  '--subdir',
  '-S/tmp',
  '--Subdir',
  '--ѕubdir',
  '‐‐conf',
  '—conf',
  '\u2212x',
  '--con\u200bf',
  '--CONF={}',
  '--dag-id=x',
  '--dag_id=x',
  '--run-id=r',
  '--run_id=r',
  '--yes',
  '-y',
  'constructor',
  '__proto__',
  'toString',
  '--__proto__',
  '--constructor=x',
  '*',
  '$(id)',
  '`id`',
  '$HOME',
  '"',
  "'",
  "'\"'",
  '\\',
  'a\\',
  'a\nb',
  '\t',
  '\r',
  '\u0000',
  '\u0085',
  '\u2028',
  '\u00a0',
  'e\u0301',
  '😀',
  '-😀',
  '2024-01-01',
  'dags',
  'list',
];
const CHARACTERS = ['-', '=', ' ', '_', "'", '"', '\\', '$', '\n', 'x', 'é', '\u0131', '\u212a', '0', '*', ',', '.'];

type Mutation = (argv: string[], random: Random, context: { command: Command; other: readonly string[] }) => void;

const pickIndex = (argv: readonly string[], random: Random) => random.integerBelow(argv.length);

const changeWord = (argv: string[], random: Random, change: (word: string) => string[]): void => {
  if (argv.length === 0) return;
  const index = pickIndex(argv, random);
  argv.splice(index, 1, ...change(argv[index]!));
};

/** Changes to a generated argv. The result may be valid or invalid; the real parser decides. */
const MUTATIONS: readonly Mutation[] = [
  (argv, random) => argv.splice(random.integerBelow(argv.length + 1), 0, random.pick(HOSTILE_WORDS)),
  (argv, random) => argv.splice(random.integerBelow(argv.length + 1), 0, random.pick(HOSTILE_WORDS)),
  (argv, random) => argv.splice(random.integerBelow(argv.length + 1), 0, '--'),
  (argv, random) => changeWord(argv, random, () => []),
  (argv, random) => changeWord(argv, random, (word) => [word, word]),
  (argv, random) => changeWord(argv, random, () => [random.pick(HOSTILE_WORDS)]),
  function swapWords(argv, random) {
    if (argv.length < 2) return;
    const [first, second] = [pickIndex(argv, random), pickIndex(argv, random)];
    [argv[first], argv[second]] = [argv[second]!, argv[first]!];
  },
  function spliceOtherArgv(argv, random, { other }) {
    const from = random.integerBelow(other.length);
    argv.splice(
      random.integerBelow(argv.length + 1),
      random.integerBelow(3),
      ...other.slice(from, from + 1 + random.integerBelow(3)),
    );
  },
  function splitWord(argv, random) {
    changeWord(argv, random, (word) => {
      const cut = random.integerBelow(word.length + 1);
      return [word.slice(0, cut), word.slice(cut)];
    });
  },
  function joinWords(argv, random) {
    if (argv.length < 2) return;
    const index = random.integerBelow(argv.length - 1);
    const glue = random.pick(['', '=', ' ', '-']);
    argv.splice(index, 2, `${argv[index]}${glue}${argv[index + 1]}`);
  },
  function abbreviateFlag(argv, random) {
    changeWord(argv, random, (word) => {
      const [flag = '', ...rest] = word.split('=');
      if (!flag.startsWith('--') || flag.length < 4) return [word];
      return [[flag.slice(0, 3 + random.integerBelow(flag.length - 3)), ...rest].join('=')];
    });
  },
  function changeCharacter(argv, random) {
    changeWord(argv, random, (word) => {
      const cut = random.integerBelow(word.length + 1);
      return [word.slice(0, cut) + random.pick(CHARACTERS) + word.slice(cut + random.integerBelow(2))];
    });
  },
  function changeDashes(argv, random) {
    changeWord(argv, random, (word) => [random.pick(['-', '--', '---']) + word.replace(/^-+/, '')]);
  },
  function changeSpelling(argv, random) {
    changeWord(argv, random, (word) => [random.oneIn(2) ? word.toUpperCase() : word.replaceAll('-', '_')]);
  },
  function insertOption(argv, random, { command }) {
    const flags = command.arguments.flatMap((argument) => argument.flags ?? []);
    if (flags.length === 0) return;
    const flag = random.pick(flags);
    const word = random.pick([flag, `${flag}=`, `${flag}=x`, `${flag}x`, `${flag}1`, `${flag} x`, flag.slice(0, -1)]);
    argv.splice(random.integerBelow(argv.length + 1), 0, word);
  },
  function insertAttachedValue(argv, random, { command }) {
    const flags = command.arguments.flatMap((argument) => argument.flags ?? []);
    if (flags.length === 0) return;
    const value = random.oneIn(2) ? random.pick(HOSTILE_WORDS) : `${random.pick(flags)}${random.pick(['', '=x', 'x'])}`;
    const flag = random.pick(flags);
    const glue = /^-[A-Za-z]$/.test(flag) && random.oneIn(2) ? '' : '=';
    argv.splice(random.integerBelow(argv.length + 1), 0, `${flag}${glue}${value}`);
  },
  function insertJoinedFlags(argv, random, { command }) {
    const short = command.arguments.flatMap((argument) => argument.flags?.filter((flag) => flag.length === 2) ?? []);
    if (short.length === 0) return;
    const letters = Array.from({ length: 1 + random.integerBelow(3) }, () => random.pick(short).slice(1)).join('');
    argv.splice(random.integerBelow(argv.length + 1), 0, `-${letters}${random.pick(['', '', '', '=x', 'json', '1'])}`);
  },
];

/** Applies one to four mutations. Two of three argvs keep the path of the command, so that the parser gets to its options. */
export function mutateArgv(
  argv: readonly string[],
  command: Command,
  other: readonly string[],
  random: Random,
): string[] {
  const keptWords = random.oneIn(3) ? 0 : command.path.length;
  const rest = argv.slice(keptWords);
  const mutations = random.oneIn(2) ? 1 : 1 + random.integerBelow(4);
  for (let count = 0; count < mutations; count++) random.pick(MUTATIONS)(rest, random, { command, other });
  return [...argv.slice(0, keptWords), ...rest];
}

/** Joins words to one text, each quoted at random. Sometimes inserts an extra character. */
export function quoteRandomly(argv: readonly string[], random: Random): string {
  const quoteWord = (text: string): string => {
    switch (random.integerBelow(4)) {
      case 0:
        return `'${text.replaceAll("'", `'\\''`)}'`;
      case 1:
        return `"${text.replace(/["\\]/g, '\\$&')}"`;
      case 2:
        return text.replace(/[\s"'\\]/g, '\\$&');
      default:
        return text;
    }
  };
  const text = argv.map(quoteWord).join(random.pick([' ', '  ', '\t', '\n', ' \r\n']));
  if (!random.oneIn(3)) return text;
  const cut = random.integerBelow(text.length + 1);
  return (
    text.slice(0, cut) +
    random.pick(["'", '"', '\\', ' ', '#', '\\\n', "''", '$', '\u00a0', '\u2028']) +
    text.slice(cut)
  );
}
