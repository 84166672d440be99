import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { formatTable, type Section } from './section.ts';

export const RESULTS_FILE = fileURLToPath(new URL('RESULTS.md', import.meta.url));

const HEADER = `# Results of the benchmarks

Written by \`npm run bench\`. A part rewrites only its own section. [docs/testing.md](../docs/testing.md#benchmarks) says how to run them and
how to read them. A value is the median of all rounds, with the quartiles in parentheses. Ours and the rival are measured in turn in each round
of the same run, and compared round by round. A goal is met if the median meets it.
`;

/** The heading of a part, and what is known about the run. */
export interface RunDescription {
  readonly part: string;
  readonly title: string;
  /** How and where it was run. */
  readonly facts: string;
}

/** Formats a section of the file. */
export const formatSection = ({ part, title, facts }: RunDescription, { notes, tables }: Section): string =>
  [getStart(part), `## ${title}`, facts, ...notes, ...tables.map(formatTable), getEnd(part)].join('\n\n');

const getStart = (part: string): string => `<!-- start of ${part} -->`;
const getEnd = (part: string): string => `<!-- end of ${part} -->`;

/**
 * Replaces the section of one part, and keeps the others.
 *
 * @param parts all parts, in the order of their sections
 */
export function replaceSection(file: string, parts: readonly string[], part: string, section: string): string {
  const sections = parts.map((name) => (name === part ? section : findSection(file, name)));
  return `${[HEADER.trimEnd(), ...sections.filter((text) => text !== undefined)].join('\n\n')}\n`;
}

function findSection(file: string, part: string): string | undefined {
  const start = file.indexOf(getStart(part));
  const end = file.indexOf(getEnd(part));
  return start === -1 || end === -1 ? undefined : file.slice(start, end + getEnd(part).length);
}

/** Writes the section of one part to the file. */
export function writeSection(parts: readonly string[], part: string, section: string): void {
  writeFileSync(RESULTS_FILE, replaceSection(readResults(), parts, part, section));
}

function readResults(): string {
  try {
    return readFileSync(RESULTS_FILE, 'utf8');
  } catch {
    return '';
  }
}
