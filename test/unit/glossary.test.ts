/** The words of docs/glossary.md that nothing uses, and British spellings. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What is searched: folders and files. A folder is added here once its texts are rewritten; at the end it is the whole repository. */
const SEARCHED = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'docs',
  'client',
  'local',
  'tools',
  'test/fixtures',
  'test/load',
  'test/local',
  'test/unit/client',
  'test/unit/local',
  'test/unit/tools',
  'airflow',
  'policy',
  'bench',
  'test/fuzz',
  'test/mutation',
  'test/unit/airflow',
  'test/unit/policy',
];

/** Names in the code that pages quote. Each goes when the code has its new name. */
const QUOTED: readonly string[] = [];

/** Names the words in order to rule them out. */
const EXEMPT = ['docs/glossary.md', 'test/unit/glossary.test.ts'];

/** Data of others: recordings and catalogs hold Airflow's words. */
const DATA =
  /(?:^|\/)(?:node_modules|\.cache|dist|cdk\.out|transcripts|catalogu?es|requirements|held-out-transcripts)\/|\.json$/;

const TEXT = /\.(?:ts|mts|mjs|py|sh|md|yaml|yml)$/;

/** What is not written, and what is written instead. Only what can be searched without false hits. */
const WORDS: readonly (readonly [not: RegExp, instead: string])[] = [
  // The glossary's.
  [/\bwho asks\b|\baskers?\b/i, 'caller'],
  [/catalogue/i, 'catalog'],
  [/(?<![a-z])fates?(?![a-z])/i, 'unknown outcome'],
  [/\bdirectory(?= function| Lambda)/i, 'front'],
  [/authoriser/i, 'authorizer'],
  [/\btime-outs?\b/i, 'timeout'],
  // Spelling.
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
  // Not words of the field.
  [/\bseldom\b/i, 'rarely'],
  [/\bheed(?:s|ed|ing)?\b/i, 'honor, follow'],
  [/\bmend(?:s|ed|ing)?\b/i, 'fix'],
];

/** The words that a text uses and should not, each with its line. */
function found(file: string, text: string): string[] {
  const own = QUOTED.reduce((rest, name) => rest.replaceAll(name, ''), text);
  return own.split('\n').flatMap((line, index) =>
    WORDS.flatMap(([not, instead]) => {
      const word = not.exec(line)?.[0];
      return word === undefined ? [] : [`${file}:${index + 1}: "${word}", write "${instead}"`];
    }),
  );
}

function files(entry: string): string[] {
  const paths = TEXT.test(entry)
    ? [entry]
    : readdirSync(join(ROOT, entry), { recursive: true, encoding: 'utf8' }).map((name) =>
        join(entry, name).split(sep).join('/'),
      );
  return paths.filter((path) => TEXT.test(path) && !DATA.test(path) && !EXEMPT.includes(path));
}

test('texts use the words of the glossary, spelled as in American English', () => {
  const all = SEARCHED.flatMap(files);
  expect(all).toContain('docs/api.md');
  expect(all.flatMap((file) => found(file, readFileSync(join(ROOT, file), 'utf8')))).toEqual([]);
});

test('a planted word is found, in a comment, a string and a page', () => {
  expect(found('x.ts', '// The authoriser asks.\nconst a = `after the time-out`;\nconst timeout = 1;')).toEqual([
    'x.ts:1: "authoriser", write "authorizer"',
    'x.ts:2: "time-out", write "timeout"',
  ]);
  expect(found('x.md', 'What is known of open fates\n`airflow providers behaviours`, its behavior')).toEqual([
    'x.md:1: "fates", write "unknown outcome"',
  ]);
});

test('every word that the glossary rules out is searched for, but for those with other meanings', () => {
  /** Ordinary words of English. */
  const OTHER_MEANINGS = ['place', 'sentence', 'pattern', 'directory'];
  const page = readFileSync(join(ROOT, 'docs/glossary.md'), 'utf8');
  const cells = page.split('\n').map((line) => /^\| (?!word |-).* \| (.*) \|$/.exec(line)?.[1]?.trim() ?? '');
  const ruledOut = cells.filter((cell) => cell !== '').flatMap((cell) => cell.split(', '));

  expect(ruledOut.length).toBeGreaterThan(5);
  expect(ruledOut.filter((word) => !OTHER_MEANINGS.includes(word) && found('x', word).length === 0)).toEqual([]);
});
