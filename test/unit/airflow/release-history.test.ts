import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MANAGED_COMMANDS } from '../../../airflow/managed-commands.ts';
import { findFormerArgument, findReleasesOfCommand, listFormerPositionals } from '../../../airflow/release-history.ts';
import { COMMAND_SUCCESSORS, RENAMED_ARGUMENTS } from '../../../airflow/successors.ts';
import { CATALOGS } from '../../../files/catalogs.ts';
import {
  formatReleaseHistory,
  makeReleaseHistory,
  RELEASE_HISTORY_FILE,
} from '../../../tools/catalogs/make-release-history.ts';

test('the stored history is what the catalogs show', () => {
  expect(readFileSync(RELEASE_HISTORY_FILE, 'utf8')).toBe(formatReleaseHistory(makeReleaseHistory(CATALOGS)));
});

test('finds the releases of a command, of a flag, and of a positional argument', () => {
  expect(findReleasesOfCommand('dags backfill')).toEqual({ first: '2.0.2', last: '2.11.2', removedIn: '3.0.6' });
  expect(findReleasesOfCommand('assets list')).toEqual({ first: '3.0.6', last: '3.3.1', removedIn: undefined });
  expect(findReleasesOfCommand('toString')).toBeUndefined();
  expect(findFormerArgument('dags trigger', '-e')).toEqual({
    dest: 'exec_date',
    first: '2.0.2',
    last: '2.11.2',
    removedIn: '3.0.6',
  });
  expect(findFormerArgument('dags trigger', '--conf')).toBeUndefined();
  expect(listFormerPositionals('dags list-runs')).toMatchObject([{ dest: 'dag_id', first: '3.0.6' }]);
});

const allPaths = new Set(
  CATALOGS.releases().flatMap((release) => CATALOGS.read(release).commands.map(({ path }) => path.join(' '))),
);

test.each(COMMAND_SUCCESSORS)('$command ($option): both commands exist in some release', ({ command, to }) => {
  expect(allPaths).toContain(command);
  if (to !== undefined) expect(allPaths).toContain(to);
});

test('the commands that MWAA makes unnecessary exist in some release, and AWS lists them in none', () => {
  const listed = CATALOGS.releases().flatMap((release) =>
    CATALOGS.read(release).commands.flatMap(({ path, listed }) => (listed ? path.join(' ') : [])),
  );
  const managed = Object.values(MANAGED_COMMANDS).flat();
  expect(managed.filter((command) => !allPaths.has(command))).toEqual([]);
  expect(managed.filter((command) => listed.includes(command))).toEqual([]);
});

test('a command without a successor has a note', () => {
  expect(COMMAND_SUCCESSORS.filter(({ to, note }) => to === undefined && note === undefined)).toEqual([]);
});

test('both names of a renamed argument exist in some release', () => {
  const dests = new Set(
    CATALOGS.releases().flatMap((release) =>
      CATALOGS.read(release).commands.flatMap(({ arguments: all }) => all.map(({ dest }) => dest)),
    ),
  );
  for (const { from, to } of RENAMED_ARGUMENTS) {
    expect(dests).toContain(from);
    expect(dests).toContain(to);
  }
});

// The commands that AWS lists for one release and that the next major release lacks: each needs a row, or its callers get no hint.
test.each([
  ['1.10.12', '2.0.2'],
  ['2.11.2', '3.0.6'],
])('every listed command of %s that %s lacks has a successor or a note', (before, after) => {
  const later = new Set(CATALOGS.read(after).commands.map(({ path }) => path.join(' ')));
  const missing = CATALOGS.read(before).commands.filter(({ path, listed }) => listed && !later.has(path.join(' ')));
  expect(missing.length).toBeGreaterThan(0);
  for (const { path } of missing) {
    expect(COMMAND_SUCCESSORS.map(({ command }) => command)).toContain(path.join(' '));
  }
});
