/**
 * Writes `airflow/release-history.json`: the commands and arguments that only some releases have. `npm run catalog` calls it, and
 * `node tools/catalogs/make-release-history.ts` writes the file from the catalogs as they are.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getArgumentName } from '../../airflow/catalog.ts';
import type { Catalogs } from '../../airflow/catalogs.ts';
import type { ReleaseHistory } from '../../airflow/release-history.ts';
import { CATALOGS } from '../../files/catalogs.ts';
import { ROOT } from '../../files/root.ts';

/**
 * Finds the releases of every command, and of every spelling of an argument that not all releases of its command have. Leaves out
 * `--verbose`, which most commands got in 2.5.
 */
export function makeReleaseHistory(catalogs: Catalogs): ReleaseHistory {
  const releases = catalogs.releases();
  const found = new Map<string, FoundCommand>();
  releases.forEach((release, at) => {
    for (const { path, arguments: commandArguments } of catalogs.read(release).commands) {
      const command = getOrCreate(found, path.join(' '), () => ({ in: [], spellings: new Map() }));
      command.in.push(at);
      for (const argument of commandArguments) {
        for (const spelling of argument.flags ?? [getArgumentName(argument)]) {
          const { dest } = argument;
          getOrCreate(command.spellings, `${spelling} ${dest}`, () => ({ spelling, dest, in: [] })).in.push(at);
        }
      }
    }
  });
  const toRange = (all: readonly number[]): [number, number] => [all[0]!, all.at(-1)!];
  const commands = [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, command]) => {
      const spellings = [...command.spellings.values()].filter(
        ({ dest, in: all }) => dest !== 'verbose' && all.length < command.in.length,
      );
      return [
        path,
        [...toRange(command.in), ...spellings.map((entry) => [entry.spelling, entry.dest, ...toRange(entry.in)])],
      ];
    });
  return { releases, commands: Object.fromEntries(commands) };
}

interface FoundCommand {
  /** Indexes of releases. */
  readonly in: number[];
  readonly spellings: Map<string, { readonly spelling: string; readonly dest: string; readonly in: number[] }>;
}

function getOrCreate<Value>(map: Map<string, Value>, key: string, create: () => Value): Value {
  const value = map.get(key) ?? create();
  map.set(key, value);
  return value;
}

/** Formats the history with one command per line. */
export function formatReleaseHistory({ releases, commands }: ReleaseHistory): string {
  const lines = Object.entries(commands).map(
    ([path, command]) => `    ${JSON.stringify(path)}: ${JSON.stringify(command)}`,
  );
  return `{\n  "releases": ${JSON.stringify(releases)},\n  "commands": {\n${lines.join(',\n')}\n  }\n}\n`;
}

export const RELEASE_HISTORY_FILE = join(ROOT, 'airflow/release-history.json');

export const writeReleaseHistory = (): Promise<void> =>
  writeFile(RELEASE_HISTORY_FILE, formatReleaseHistory(makeReleaseHistory(CATALOGS)));

if (import.meta.main) await writeReleaseHistory();
