import { expect, test } from 'vitest';
import { isHarmlessToRepeat, listHarmlessRepeats } from '../../../airflow/command-repeats.ts';
import { CATALOGS } from '../../../files/catalogs.ts';

const KNOWN = new Set(
  CATALOGS.releases().flatMap((release) => CATALOGS.read(release).commands.map(({ path }) => path.join(' '))),
);

test.each(listHarmlessRepeats())('%s is a command', (name) => expect(KNOWN).toContain(name));

test.each<[command: string, harmless: boolean]>([
  ['variables set', true],
  ['dags list', true],
  ['dags trigger', false],
  ['trigger_dag', false],
  ['tasks clear', false],
  ['dags backfill', false],
  ['assets materialize', false],
  ['dags delete', false],
  ['no such', false],
])('%s: %s', (command, harmless) => expect(isHarmlessToRepeat(command.split(' '))).toBe(harmless));
