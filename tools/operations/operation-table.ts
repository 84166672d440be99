import {
  findOperationFacts,
  getCoveringCommands,
  getRoleNeeded,
  OPERATION_FACTS,
} from '../../airflow/rest/operation-facts.ts';
import { findRepeat, type OperationRepeat, type RepeatEffect } from '../../airflow/rest/operation-repeats.ts';
import type { Catalogs } from '../../airflow/rest/rule-catalogs.ts';

/** Marks where the table begins and ends in docs/rest.md. */
export const TABLE_START = '<!-- operations: npm run operation-table -->';
export const TABLE_END = '<!-- end of operations -->';

/** The table of all operations in docs/rest.md: who may use each, and what no command covers. */
export function formatOperationTable(catalogs: Catalogs): string {
  const releases = catalogs.releases().filter((release) => catalogs.readOperations(release) !== undefined);
  const rows = Object.keys(OPERATION_FACTS)
    .sort((a, b) => compareNames(a, b))
    .map((name) => {
      const [method = '', path = ''] = name.split(' ');
      const facts = findOperationFacts(method, path)!;
      const own = releases.filter((release) =>
        catalogs.readOperations(release)!.operations.some((each) => each.method === method && each.path === path),
      );
      const roles = [...new Set(own.map((release) => getRoleNeeded(facts, release)))];
      const commands = new Set(own.flatMap((release) => getCoveringCommands(facts, release)));
      const granted = facts.notOffered ? 'not offered' : [...commands].map((text) => `\`${text}\``).join(', ');
      return [
        `\`${name}\``,
        formatReleases(own, releases),
        granted || 'its own rule only',
        roles.join(', then '),
        facts.effects.join(', '),
        facts.notOffered ? '' : formatRepeat(findRepeat({ method, path })),
        facts.notOffered ?? facts.beyond ?? '',
      ];
    });
  const header = [
    'operation',
    'releases',
    'command whose rule covers it',
    'Airflow role',
    'effects',
    'a repeat',
    'what no command covers',
  ];
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const REPEAT_TEXTS: Readonly<Record<RepeatEffect, string>> = {
  nothing: 'changes nothing more',
  recognized: 'is recognized',
  again: 'takes effect again',
};

const formatRepeat = (repeat: OperationRepeat | undefined): string =>
  repeat === undefined ? '' : [REPEAT_TEXTS[repeat.effect], repeat.detail ?? []].flat().join('. ');

function compareNames(a: string, b: string): number {
  const [x, y] = [a, b].map((name) => name.split(' ').reverse().join(' '));
  return x! < y! ? -1 : 1;
}

/** `all`, `from 3.0.6`, `to 2.11.2`, or `2.7.2 to 2.11.2`. */
function formatReleases(own: readonly string[], all: readonly string[]): string {
  const [first, last] = [own[0]!, own.at(-1)!];
  if (own.length === all.length) return 'all';
  if (last === all.at(-1)) return `from ${first}`;
  return first === all[0] ? `to ${last}` : first === last ? first : `${first} to ${last}`;
}
