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
const TEXT: Argument = { dest: 'default', flags: ['--default'] };
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

describe('parses', () => {
  test.each<[input: string, args: Argument[], text: string, expected: Values]>([
    ['an option and its value', [LABEL], '--label x', { '--label': ['x'] }],
    ['an option with a value after =', [LABEL], '--label=x', { '--label': ['x'] }],
    ['a value that contains =', [LABEL], '--label=a=b', { '--label': ['a=b'] }],
    ['an empty value', [TEXT], '--default=', { '--default': [''] }],
    ['a short option and its value', [LABEL], '-l x', { '--label': ['x'] }],
    ['a short option with an attached value', [LABEL], '-lx', { '--label': ['x'] }],
    ['a short option with a value after =', [LABEL], '-l=x', { '--label': ['x'] }],
    ['a short option with attached digits', [NUMBER], '-n5', { '--number': ['5'] }],
    ['a short option with an attached value that contains a space', [LABEL], `'-l x'`, { '--label': [' x'] }],
    ['a short option with an attached value that ends with --', [LABEL], '-lx--', { '--label': ['x--'] }],
    ['an option with one dash and several letters', [SUBDIR], `'-sd=x y'`, { '--subdir': ['x y'] }],
    ['- as a value', [LABEL], '-l -', { '--label': ['-'] }],
    ['a negative number as a value', [NUMBER], '-n -5', { '--number': ['-5'] }],
    ['the last of a repeated option', [LABEL], '-l a --label b', { '--label': ['b'] }],
    ['every value of an option that appends', [EACH], '--each a --each=b --each c', { '--each': ['a', 'b', 'c'] }],
    ['a switch, without a value', [QUIET], '-q --quiet', { '--quiet': [] }],
    ['joined switches', [QUIET, VERBOSE], '-qv', { '--quiet': [], '--verbose': [] }],
    [
      'joined switches with an attached value',
      [QUIET, VERBOSE, LABEL],
      '-qvlx',
      { '--quiet': [], '--verbose': [], '--label': ['x'] },
    ],
    ['joined switches with a separate value', [QUIET, LABEL], '-ql x', { '--quiet': [], '--label': ['x'] }],
    ['a switch with two spellings as the spelling used', [PULL], '--no-pull', { '--no-pull': ['--no-pull'] }],

    [
      'a switch with two spellings among joined switches',
      [PULL_SHORT, QUIET],
      '-pq',
      { '--no-pull': ['-p'], '--quiet': [] },
    ],

    [
      'an option with one or more separate values',
      [MANY, QUIET],
      '--many a b -q',
      { '--many': ['a', 'b'], '--quiet': [] },
    ],
    [
      'an option with one or more values and an attached value, as one value',
      [MANY, NAME],
      '--many=a b',
      { '--many': ['a'], name: ['b'] },
    ],
    ['an option with any number of values, without a value', [ANY], '--any', { '--any': [] }],
    ['an option with any number of separate values', [ANY], '--any a b', { '--any': ['a', 'b'] }],
    ['an option with an optional value', [MAYBE, NAME], '--maybe a b', { '--maybe': ['a'], name: ['b'] }],
    ['an option with an optional value, without a value', [MAYBE], '--maybe', { '--maybe': [] }],
    ['an option with two values', [PAIR, NAME], '--pair a b c', { '--pair': ['a', 'b'], name: ['c'] }],
    ['the values of an option up to --', [MANY, NAME], '--many a -- b', { '--many': ['a'], name: ['b'] }],

    ['positional arguments in order', [NAME, OTHER], 'a b', { name: ['a'], other: ['b'] }],
    [
      'positional arguments with options between them',
      [NAME, OTHER, QUIET],
      'a -q b',
      { name: ['a'], '--quiet': [], other: ['b'] },
    ],
    ['an optional argument that is given', [NAME, OPTIONAL], 'a b', { name: ['a'], perhaps: ['b'] }],
    ['an optional argument that is absent', [NAME, OPTIONAL], 'a', { name: ['a'] }],
    ['a positional argument with two values', [TWO, NAME], 'a b c', { two: ['a', 'b'], name: ['c'] }],
    ['a positional argument with one or more values', [NAME, SOME], 'a b c', { name: ['a'], some: ['b', 'c'] }],
    ['a positional argument with any number of values', [NAME, REST], 'a b c', { name: ['a'], rest: ['b', 'c'] }],
    ['a positional argument with any number of values, without a value', [NAME, REST], 'a', { name: ['a'] }],
    ['several values before options', [NAME, REST, QUIET], 'a b -q', { name: ['a'], rest: ['b'], '--quiet': [] }],
    ['several values after options', [NAME, REST, QUIET], '-q a b', { name: ['a'], rest: ['b'], '--quiet': [] }],
    ['values before and after --', [NAME, REST], 'a -- -b', { name: ['a'], rest: ['-b'] }],
    ['an argument that looks like an option, after --', [NAME, QUIET], '-- -q', { name: ['-q'] }],
    ['negative numbers', [REST], '-5 -55 -5.5 -.55', { rest: ['-5', '-55', '-5.5', '-.55'] }],
    ['a single - as an argument', [NAME], '-', { name: ['-'] }],
    ['an argument that begins with - and contains a space', [NAME], `'-a b'`, { name: ['-a b'] }],
    ['an argument that begins with - and contains a space and =', [NAME], `'-a b=c'`, { name: ['-a b=c'] }],
    [
      'an option followed by a space in the same word, as an argument',
      [NAME, LABEL],
      `'--label '`,
      { name: ['--label '] },
    ],
    ['an option with a space instead of =, as an argument', [NAME, LABEL], `'--label x'`, { name: ['--label x'] }],
    ['a value that contains a space', [LABEL], `'--label=x y'`, { '--label': ['x y'] }],
    ['no arguments', [LABEL], '', {}],
  ])('%s: %j %s', (_input, args, text, expected) => {
    const catalog = createTestCatalog(...args);
    const { command, values, addedByProxy } = parseInvocation(catalog, ['things', 'do', ...splitCommandLine(text)]);
    expect(Object.fromEntries([...values].map(([argument, given]) => [getArgumentName(argument), [...given]]))).toEqual(
      expected,
    );
    expect(command).toBe(catalog.commands[0]);
    expect(addedByProxy.size).toBe(0);
  });
});

describe('rejects, with what to change,', () => {
  test.each<[input: string, args: Argument[], text: string, code: string, message: RegExp]>([
    [
      'an option without its value',
      [LABEL],
      '--label',
      'missing-value',
      /^--label requires a value\. .* write --label=VALUE\.$/,
    ],
    ['an option in place of a value', [LABEL, QUIET], '-l -q', 'missing-value', /^--label requires a value/],
    ['-- in place of a value', [LABEL, NAME], '-l -- x', 'missing-value', /^--label requires a value/],
    ['no value of one or more', [MANY], '--many', 'missing-value', /^--many requires a value/],
    ['one value of two', [PAIR], '--pair a', 'missing-value', /^--pair requires 2 values\./],
    ['one attached value of two', [PAIR], '--pair=a', 'missing-value', /^--pair requires 2 values\./],
    ['a switch with a value', [QUIET], '--quiet=1', 'unexpected-value', /^--quiet does not accept a value\.$/],
    ['a short switch with a value', [QUIET], '-q=1', 'unexpected-value', /^-q does not accept a value\.$/],
    ['an invalid value', [NUMBER], '-n x', 'invalid-value', /^--number must be an integer/],
    ['an invalid value among several', [{ ...MANY, type: 'integer' }], '--many 1 x', 'invalid-value', /not "x"/],
    ['an invalid positional argument', [{ ...NAME, type: 'integer' }], '-- -x', 'invalid-value', /^name must be/],

    [
      'an abbreviation',
      [LABEL],
      '--lab=x',
      'abbreviated-option',
      /^The option "--lab" is abbreviated\. Write --label in full\.$/,
    ],
    [
      'an abbreviation of two options',
      [LABEL, LANE],
      '--la x',
      'abbreviated-option',
      /Write --label or --lane in full/,
    ],
    [
      'an abbreviation with one dash',
      [SUBDIR],
      '-s x',
      'abbreviated-option',
      /^The option "-s" is abbreviated\. Write -sd in full\.$/,
    ],
    [
      'a word that could be two options',
      [LABEL, { dest: 'x', flags: ['-lxy'] }],
      '-lx',
      'abbreviated-option',
      /-l or -lxy in full/,
    ],
    ['an abbreviation of help', [LABEL], '--hel', 'help', /Remove --hel\./],
    ['an abbreviation with one dash and a value after =', [SUBDIR], '-s=x', 'unknown-option', /no option "-s"/],
    [
      'digits and letters joined to a switch',
      [QUIET, VERBOSE],
      '-q1v',
      'unknown-option',
      /^Write -q as a separate argument instead of "-q1v"/,
    ],
    ['a digit joined to a switch', [QUIET], '-q1', 'unknown-option', /^Write -q as a separate argument instead/],
    [
      'a misspelled option',
      [LABEL],
      '--lable=x',
      'unknown-option',
      /^"things do" has no option "--lable"\. Did you mean "--label"\?$/,
    ],
    [
      'an unknown option',
      [LABEL],
      '--wholly-other',
      'unknown-option',
      /"--wholly-other"\. Put "--" before values that begin with "-"\.$/,
    ],
    ['an unknown short option', [NAME, LABEL], '-x', 'unknown-option', /no option "-x"/],
    ['an unknown option that begins like a number', [NAME], '-5x', 'unknown-option', /no option "-5x"/],
    ['an unknown option that ends like a number', [NAME], '-x5', 'unknown-option', /no option "-x5"/],
    ['an unknown option that ends like a fraction', [NAME], '-x.5', 'unknown-option', /no option "-x\.5"/],
    ['an unknown option that begins like a fraction', [NAME], '-.5x', 'unknown-option', /no option "-\.5x"/],
    ['an unknown option with a number at the end', [NAME], '-x-5', 'unknown-option', /no option "-x-5"/],
    ['an unknown option with a fraction at the end', [NAME], '-x-.5', 'unknown-option', /no option "-x-\.5"/],
    ['an unknown switch among joined switches', [QUIET], '-qx', 'unknown-option', /no option "-x"/],
    [
      '= among joined switches',
      [QUIET, LABEL],
      '-ql=x',
      'unknown-option',
      /^Write -l as a separate argument instead of "-ql=x"\.$/,
    ],
    ['help', [LABEL], '--help', 'help', /^Help is not supported\. Remove --help\.$/],
    ['help with a value', [LABEL], '--help=x', 'help', /Remove --help/],
    ['the short flag for help', [LABEL], '-h', 'help', /Remove -h\.$/],
    ['help among joined switches', [QUIET], '-qh', 'help', /Remove -h\.$/],
    ['help with an attached value', [LABEL], '-hx', 'help', /Remove -h/],

    ['a missing argument', [NAME], '', 'missing-argument', /^"things do" requires name\.$/],
    ['a missing second argument', [NAME, OTHER], 'a', 'missing-argument', /requires other\.$/],
    ['one value of an argument with two', [TWO], 'a', 'missing-argument', /requires two\.$/],
    ['no value of an argument with one or more', [SOME], '', 'missing-argument', /requires some\.$/],
    ['a missing required option', [REQUIRED], '', 'missing-argument', /^"things do" requires --must\.$/],
    [
      'an extra argument',
      [NAME],
      'a b',
      'unexpected-argument',
      /^Unexpected argument "b": "things do" accepts name\.$/,
    ],
    [
      'an extra argument whose text may be secret',
      [NAME, OTHER],
      'a b c',
      'unexpected-argument',
      /^Too many arguments: "things do" accepts name, other\. Quote/,
    ],
    [
      'an extra argument after an optional one',
      [OPTIONAL],
      'a b',
      'unexpected-argument',
      /^Too many arguments: "things do" accepts perhaps\. Quote/,
    ],
    [
      'an extra argument after an option',
      [NAME, OTHER, QUIET],
      'a b -q c',
      'unexpected-argument',
      /^Too many arguments/,
    ],
    [
      'options on both sides of an argument',
      [NAME, OTHER, OPTIONAL, QUIET],
      'a -q b -q c',
      'unexpected-argument',
      /together/,
    ],
    [
      'an argument of a command without arguments',
      [QUIET],
      'a',
      'unexpected-argument',
      /^Unexpected argument "a": "things do" accepts no positional arguments\.$/,
    ],
    [
      'an option before an optional argument',
      [NAME, OPTIONAL, QUIET],
      'a -q b',
      'unexpected-argument',
      /^Write name perhaps together, without options/,
    ],
    [
      'an option before an optional argument after --',
      [NAME, REST, QUIET],
      'a -q -- b',
      'unexpected-argument',
      /together/,
    ],
    ['nothing after --', [NAME, QUIET], 'a -q --', 'unexpected-argument', /^Nothing follows "--"\. Remove it\.$/],
    ['-- after --', [NAME, REST], '-- a --', 'invalid-value', /^A value cannot be "--"\. Choose another value\.$/],
    ['a control character', [NAME], 'a\u0007', 'forbidden-character', /U\+0007/],
  ])('%s: %j %s', (_input, args, text, code, message) => {
    expect(() => parseInvocation(createTestCatalog(...args), ['things', 'do', ...splitCommandLine(text)])).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });
});
