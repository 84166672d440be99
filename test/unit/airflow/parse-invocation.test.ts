import { describe, expect, test } from 'vitest';
import { type Argument, getArgumentName } from '../../../airflow/catalog.ts';
import { parseInvocation } from '../../../airflow/parse-invocation.ts';
import { splitCommandLine } from '../../../airflow/split-command-line.ts';
import { createTestCatalog } from './create-test-catalog.ts';

const NAME: Argument = { dest: 'name' };
const OTHER: Argument = { dest: 'other' };
const TWO: Argument = { dest: 'two', arity: 2 };
const OPTIONAL: Argument = { dest: 'perhaps', arity: '?' };
const SOME: Argument = { dest: 'some', arity: '+' };
const REST: Argument = { dest: 'rest', arity: '*' };
const LABEL: Argument = { dest: 'label', flags: ['-l', '--label'] };
const LANE: Argument = { dest: 'lane', flags: ['--lane'] };
const NUMBER: Argument = { dest: 'number', flags: ['-n', '--number'], type: 'integer' };
const REQUIRED: Argument = { dest: 'must', flags: ['-m', '--must'], required: true };
const EACH: Argument = { dest: 'each', flags: ['--each'], action: 'append' };
const MANY: Argument = { dest: 'many', flags: ['--many'], arity: '+' };
const ANY: Argument = { dest: 'any', flags: ['--any'], arity: '*' };
const MAYBE: Argument = { dest: 'maybe', flags: ['--maybe'], arity: '?' };
const PAIR: Argument = { dest: 'pair', flags: ['--pair'], arity: 2 };
const QUIET: Argument = { dest: 'quiet', flags: ['-q', '--quiet'], action: 'store-true' };
const VERBOSE: Argument = { dest: 'verbose', flags: ['-v', '--verbose'], action: 'store-true' };
const PULL: Argument = { dest: 'pull', flags: ['--pull', '--no-pull'], action: 'boolean-optional' };
const PULL_SHORT: Argument = { ...PULL, flags: ['-p', '--pull', '--no-pull'] };
const SUBDIR: Argument = { dest: 'subdir', flags: ['-sd', '--subdir'] };

type Values = Record<string, string[]>;

describe('the words of a command are read as', () => {
  test.each<[rule: string, args: Argument[], text: string, expected: Values]>([
    ['an option and its value', [LABEL], '--label x', { '--label': ['x'] }],
    ['joined by =', [LABEL], '--label=x', { '--label': ['x'] }],
    ['a value that holds =', [LABEL], '--label=a=b', { '--label': ['a=b'] }],
    ['an empty value', [LABEL], '--label=', { '--label': [''] }],
    ['a short option and its value', [LABEL], '-l x', { '--label': ['x'] }],
    ['joined', [LABEL], '-lx', { '--label': ['x'] }],
    ['joined by = too', [LABEL], '-l=x', { '--label': ['x'] }],
    ['joined digits', [NUMBER], '-n5', { '--number': ['5'] }],
    ['joined with a space', [LABEL], `'-l x'`, { '--label': [' x'] }],
    ['joined, whatever it ends in', [LABEL], '-lx--', { '--label': ['x--'] }],
    ['one - and several letters', [SUBDIR], `'-sd=x y'`, { '--subdir': ['x y'] }],
    ['- as a value', [LABEL], '-l -', { '--label': ['-'] }],
    ['a negative number as a value', [NUMBER], '-n -5', { '--number': ['-5'] }],
    ['the last of a repeated option', [LABEL], '-l a --label b', { '--label': ['b'] }],
    ['each of one that appends', [EACH], '--each a --each=b --each c', { '--each': ['a', 'b', 'c'] }],
    ['a switch, which has no value', [QUIET], '-q --quiet', { '--quiet': [] }],
    ['joined switches', [QUIET, VERBOSE], '-qv', { '--quiet': [], '--verbose': [] }],
    [
      'joined switches and a value',
      [QUIET, VERBOSE, LABEL],
      '-qvlx',
      { '--quiet': [], '--verbose': [], '--label': ['x'] },
    ],
    ['joined switches and a value after them', [QUIET, LABEL], '-ql x', { '--quiet': [], '--label': ['x'] }],
    ['a switch of two spellings by the one used', [PULL], '--no-pull', { '--no-pull': ['--no-pull'] }],

    ['also among joined ones', [PULL_SHORT, QUIET], '-pq', { '--no-pull': ['-p'], '--quiet': [] }],

    ['one or many: what follows', [MANY, QUIET], '--many a b -q', { '--many': ['a', 'b'], '--quiet': [] }],
    ['one or many, joined: this one', [MANY, NAME], '--many=a b', { '--many': ['a'], name: ['b'] }],
    ['none or many', [ANY], '--any', { '--any': [] }],
    ['none or many: what follows', [ANY], '--any a b', { '--any': ['a', 'b'] }],
    ['one at most', [MAYBE, NAME], '--maybe a b', { '--maybe': ['a'], name: ['b'] }],
    ['none', [MAYBE], '--maybe', { '--maybe': [] }],
    ['two exactly', [PAIR, NAME], '--pair a b c', { '--pair': ['a', 'b'], name: ['c'] }],
    ['what follows up to --', [MANY, NAME], '--many a -- b', { '--many': ['a'], name: ['b'] }],

    ['positional arguments in their places', [NAME, OTHER], 'a b', { name: ['a'], other: ['b'] }],
    ['with options between them', [NAME, OTHER, QUIET], 'a -q b', { name: ['a'], '--quiet': [], other: ['b'] }],
    ['one that may be left out, given', [NAME, OPTIONAL], 'a b', { name: ['a'], perhaps: ['b'] }],
    ['left out', [NAME, OPTIONAL], 'a', { name: ['a'] }],
    ['two', [TWO, NAME], 'a b c', { two: ['a', 'b'], name: ['c'] }],
    ['at least one', [NAME, SOME], 'a b c', { name: ['a'], some: ['b', 'c'] }],
    ['any number', [NAME, REST], 'a b c', { name: ['a'], rest: ['b', 'c'] }],
    ['none of any number', [NAME, REST], 'a', { name: ['a'] }],
    ['together, before options', [NAME, REST, QUIET], 'a b -q', { name: ['a'], rest: ['b'], '--quiet': [] }],
    ['together, after options', [NAME, REST, QUIET], '-q a b', { name: ['a'], rest: ['b'], '--quiet': [] }],
    ['together, up to -- and after it', [NAME, REST], 'a -- -b', { name: ['a'], rest: ['-b'] }],
    ['what looks like an option, after --', [NAME, QUIET], '-- -q', { name: ['-q'] }],
    ['negative numbers', [REST], '-5 -55 -5.5 -.55', { rest: ['-5', '-55', '-5.5', '-.55'] }],
    ['- alone', [NAME], '-', { name: ['-'] }],
    ['what begins with - and holds a space', [NAME], `'-a b'`, { name: ['-a b'] }],
    ['and =', [NAME], `'-a b=c'`, { name: ['-a b=c'] }],
    ['an option with a space behind it', [NAME, LABEL], `'--label '`, { name: ['--label '] }],
    ['an option with a space for =', [NAME, LABEL], `'--label x'`, { name: ['--label x'] }],
    ['an option whose value holds a space', [LABEL], `'--label=x y'`, { '--label': ['x y'] }],
    ['nothing', [LABEL], '', {}],
  ])('%s', (_rule, args, text, expected) => {
    const catalog = createTestCatalog(...args);
    const { command, values, addedByProxy } = parseInvocation(catalog, ['things', 'do', ...splitCommandLine(text)]);
    expect(Object.fromEntries([...values].map(([argument, given]) => [getArgumentName(argument), [...given]]))).toEqual(
      expected,
    );
    expect(command).toBe(catalog.commands[0]);
    expect(addedByProxy.size).toBe(0);
  });
});

describe('the words of a command are refused with what to do', () => {
  test.each<[what: string, args: Argument[], text: string, code: string, message: RegExp]>([
    ['no value', [LABEL], '--label', 'missing-value', /^--label requires a value\. .* write --label=VALUE\.$/],
    ['an option for a value', [LABEL, QUIET], '-l -q', 'missing-value', /^--label requires a value/],
    ['-- for a value', [LABEL, NAME], '-l -- x', 'missing-value', /^--label requires a value/],
    ['none of at least one', [MANY], '--many', 'missing-value', /^--many requires a value/],
    ['one of two', [PAIR], '--pair a', 'missing-value', /^--pair requires 2 values\./],
    ['one of two, joined', [PAIR], '--pair=a', 'missing-value', /^--pair requires 2 values\./],
    ['a value of a switch', [QUIET], '--quiet=1', 'unexpected-value', /^--quiet does not accept a value\.$/],
    ['a value of a short switch', [QUIET], '-q=1', 'unexpected-value', /^-q does not accept a value\.$/],
    ['a value that does not fit', [NUMBER], '-n x', 'invalid-value', /^--number must be a whole number/],
    ['one of several that does not fit', [{ ...MANY, type: 'integer' }], '--many 1 x', 'invalid-value', /not "x"/],
    ['a place that does not fit', [{ ...NAME, type: 'integer' }], '-- -x', 'invalid-value', /^name must be/],

    [
      'an abbreviation',
      [LABEL],
      '--lab=x',
      'abbreviated-option',
      /^The option "--lab" is abbreviated\. Write --label in full\.$/,
    ],
    ['an abbreviation of two', [LABEL, LANE], '--la x', 'abbreviated-option', /Write --label or --lane in full/],
    [
      'an abbreviation with one -',
      [SUBDIR],
      '-s x',
      'abbreviated-option',
      /^The option "-s" is abbreviated\. Write -sd in full\.$/,
    ],
    [
      'what begins two ways',
      [LABEL, { dest: 'x', flags: ['-lxy'] }],
      '-lx',
      'abbreviated-option',
      /-l or -lxy in full/,
    ],
    ['an abbreviation of help', [LABEL], '--hel', 'help', /Remove --hel\./],
    ['with one - and =', [SUBDIR], '-s=x', 'unknown-option', /no option "-s"/],
    [
      'digits and letters joined to a switch',
      [QUIET, VERBOSE],
      '-q1v',
      'unknown-option',
      /^Write -q as a separate argument instead of "-q1v"/,
    ],
    ['a digit joined to a switch', [QUIET], '-q1', 'unknown-option', /^Write -q as a separate argument instead/],
    [
      'a slip',
      [LABEL],
      '--lable=x',
      'unknown-option',
      /^"things do" has no option "--lable"\. Did you mean "--label"\?$/,
    ],
    [
      'no option at all',
      [LABEL],
      '--wholly-other',
      'unknown-option',
      /"--wholly-other"\. Put "--" before values that begin with "-"\.$/,
    ],
    ['a short one', [NAME, LABEL], '-x', 'unknown-option', /no option "-x"/],
    ['what begins like a number', [NAME], '-5x', 'unknown-option', /no option "-5x"/],
    ['what ends like a number', [NAME], '-x5', 'unknown-option', /no option "-x5"/],
    ['what ends like a fraction', [NAME], '-x.5', 'unknown-option', /no option "-x\.5"/],
    ['what begins like a fraction', [NAME], '-.5x', 'unknown-option', /no option "-\.5x"/],
    ['a number further on', [NAME], '-x-5', 'unknown-option', /no option "-x-5"/],
    ['a fraction further on', [NAME], '-x-.5', 'unknown-option', /no option "-x-\.5"/],
    ['a strange switch among joined ones', [QUIET], '-qx', 'unknown-option', /no option "-x"/],
    [
      '= among joined ones',
      [QUIET, LABEL],
      '-ql=x',
      'unknown-option',
      /^Write -l as a separate argument instead of "-ql=x"\.$/,
    ],
    ['help', [LABEL], '--help', 'help', /^Help is not supported\. Remove --help\.$/],
    ['help with a value', [LABEL], '--help=x', 'help', /Remove --help/],
    ['help in short', [LABEL], '-h', 'help', /Remove -h\.$/],
    ['help among joined ones', [QUIET], '-qh', 'help', /Remove -h\.$/],
    ['help with something joined', [LABEL], '-hx', 'help', /Remove -h/],

    ['an absent argument', [NAME], '', 'missing-argument', /^"things do" requires name\.$/],
    ['the absent second', [NAME, OTHER], 'a', 'missing-argument', /requires other\.$/],
    ['one of two places', [TWO], 'a', 'missing-argument', /requires two\.$/],
    ['no place of at least one', [SOME], '', 'missing-argument', /requires some\.$/],
    ['an absent option that must be', [REQUIRED], '', 'missing-argument', /^"things do" requires --must\.$/],
    ['one too many', [NAME], 'a b', 'unexpected-argument', /^Unexpected argument "b": "things do" accepts name\.$/],
    [
      'one behind a value',
      [NAME, OTHER],
      'a b c',
      'unexpected-argument',
      /^Too many arguments: "things do" accepts name, other\. Quote/,
    ],
    [
      'one more than may be',
      [OPTIONAL],
      'a b',
      'unexpected-argument',
      /^Too many arguments: "things do" accepts perhaps\. Quote/,
    ],
    ['one too many, apart', [NAME, OTHER, QUIET], 'a b -q c', 'unexpected-argument', /^Too many arguments/],
    ['one in each of three runs', [NAME, OTHER, OPTIONAL, QUIET], 'a -q b -q c', 'unexpected-argument', /together/],
    [
      'one where none is',
      [QUIET],
      'a',
      'unexpected-argument',
      /^Unexpected argument "a": "things do" accepts no positional arguments\.$/,
    ],
    [
      'one apart from the others',
      [NAME, OPTIONAL, QUIET],
      'a -q b',
      'unexpected-argument',
      /^Write name perhaps together, without options/,
    ],
    ['one apart from the others, after --', [NAME, REST, QUIET], 'a -q -- b', 'unexpected-argument', /together/],
    ['nothing after --', [NAME, QUIET], 'a -q --', 'unexpected-argument', /^Nothing follows "--"\. Remove it\.$/],
    ['-- after --', [NAME, REST], '-- a --', 'invalid-value', /^A value cannot be "--"\.$/],
    ['a control character', [NAME], 'a\u0007', 'forbidden-character', /U\+0007/],
  ])('%s', (_what, args, text, code, message) => {
    expect(() => parseInvocation(createTestCatalog(...args), ['things', 'do', ...splitCommandLine(text)])).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });
});
