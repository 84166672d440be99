/** Searches the repository for words that docs/glossary.md rules out, and for British spellings. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The folders and files to search: the whole repository. */
const SEARCHED = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'docs',
  'airflow',
  'bench',
  'bin',
  'client',
  'config',
  'contract',
  'examples',
  'files',
  'lambda',
  'lib',
  'local',
  'mwaa',
  'policy',
  'test',
  'tools',
];

/** Files that name the words to rule them out. */
const EXEMPT = ['docs/glossary.md', 'test/unit/glossary.test.ts'];

/** Data that contains the words of Airflow: recordings and catalogs. */
const DATA =
  /(?:^|\/)(?:node_modules|\.cache|dist|cdk\.out|transcripts|catalogu?es|requirements|held-out-transcripts)\/|\.json$/;

const TEXT = /\.(?:ts|mts|mjs|py|sh|md|yaml|yml)$/;

/** Words that are not used, and what to write instead. Contains only words that can be searched without false matches. */
const WORDS: readonly (readonly [not: RegExp, instead: string])[] = [
  // From the glossary
  [/\bwho asks\b|\baskers?\b/i, 'caller'],
  [/catalogue/i, 'catalog'],
  [/(?<![a-z])fates?(?![a-z])/i, 'unknown outcome'],
  [/\bdirectory(?= function| Lambda)/i, 'front'],
  [/authoriser/i, 'authorizer'],
  [/\btime-outs?\b/i, 'timeout'],
  // Spelling
  [/authoris(?!er)/i, 'authoriz-'],
  [/organis/i, 'organiz-'],
  [/synthesis(?:e|ed|es|ing)\b/i, 'synthesiz-'],
  [/recognis/i, 'recogniz-'],
  [/normalis/i, 'normaliz-'],
  [/serialis/i, 'serializ-'],
  [/initialis/i, 'initializ-'],
  [/summaris/i, 'summariz-'],
  [/customis/i, 'customiz-'],
  [/minimis/i, 'minimiz-'],
  [/optimis(?:e|ing)/i, 'optimiz-'],
  // `airflow providers behaviours` is a command of Airflow. A table has its words in two cells.
  [/(?<!providers(?: |', '))behaviour/i, 'behavior'],
  [/colour/i, 'color'],
  [/favour/i, 'favor'],
  [/honour/i, 'honor'],
  [/neighbour/i, 'neighbor'],
  [/\blicence/i, 'license'],
  [/\b(?:mis)?spelt\b/i, '(mis)spelled'],
  [/\bwhilst\b/i, 'while'],
  [/\b(?:label|model|travel)led\b/i, 'one l'],
  [/\bdefence\b/i, 'defense'],
  // Words that are unusual in technical texts
  [/\bseldom\b/i, 'rarely'],
  [/\bheed(?:s|ed|ing)?\b/i, 'honor, follow'],
  [/\bmend(?:s|ed|ing)?\b/i, 'fix'],
];

/** Finds the words that a text should not use, with their lines. */
function findWords(file: string, text: string): string[] {
  return text.split('\n').flatMap((line, index) =>
    WORDS.flatMap(([not, instead]) => {
      const word = not.exec(line)?.[0];
      return word === undefined ? [] : [`${file}:${index + 1}: "${word}", write "${instead}"`];
    }),
  );
}

function listFiles(entry: string): string[] {
  const paths = TEXT.test(entry)
    ? [entry]
    : readdirSync(join(ROOT, entry), { recursive: true, encoding: 'utf8' }).map((name) =>
        join(entry, name).split(sep).join('/'),
      );
  return paths.filter((path) => TEXT.test(path) && !DATA.test(path) && !EXEMPT.includes(path));
}

test('texts use the words of the glossary and American spelling', () => {
  const files = SEARCHED.flatMap(listFiles);
  expect(files).toContain('docs/api.md');
  expect(files.flatMap((file) => findWords(file, readFileSync(join(ROOT, file), 'utf8')))).toEqual([]);
});

test('the check finds a planted word in a comment, a string and a page', () => {
  expect(findWords('x.ts', '// The authoriser asks.\nconst a = `after the time-out`;\nconst timeout = 1;')).toEqual([
    'x.ts:1: "authoriser", write "authorizer"',
    'x.ts:2: "time-out", write "timeout"',
  ]);
  expect(findWords('x.md', 'What is known of open fates\n`airflow providers behaviours`, its behavior')).toEqual([
    'x.md:1: "fates", write "unknown outcome"',
  ]);
});

test('the check searches for every word that the glossary rules out, except ordinary words', () => {
  /** Words that also have ordinary meanings. */
  const OTHER_MEANINGS = ['place', 'sentence', 'pattern', 'directory'];
  const page = readFileSync(join(ROOT, 'docs/glossary.md'), 'utf8');
  const cells = page.split('\n').map((line) => /^\| (?!word |-).* \| (.*) \|$/.exec(line)?.[1]?.trim() ?? '');
  const ruledOut = cells.filter((cell) => cell !== '').flatMap((cell) => cell.split(', '));

  expect(ruledOut.length).toBeGreaterThan(5);
  expect(ruledOut.filter((word) => !OTHER_MEANINGS.includes(word) && findWords('x', word).length === 0)).toEqual([]);
});
