import { describe, expect, test } from 'vitest';
import type { Catalog } from '../../../airflow/catalog.ts';
import { findCommand } from '../../../airflow/find-command.ts';

const catalog: Catalog = {
  airflow: '2.0.0',
  python: '3.12.0',
  commands: [['version'], ['dags', 'list'], ['dags', 'trigger'], ['dags', 'list-runs'], ['db', 'clean']].map(
    (path) => ({
      path,
      arguments: [],
    }),
  ),
};

test.each<[argv: string[], path: string[], rest: string[]]>([
  [['version'], ['version'], []],
  [['version', '-v'], ['version'], ['-v']],
  [
    ['dags', 'trigger', 'dags', 'list'],
    ['dags', 'trigger'],
    ['dags', 'list'],
  ],
  [['dags', 'list-runs', '--help'], ['dags', 'list-runs'], ['--help']],
])('the argv %j is the command %j and the arguments %j', (argv, path, rest) => {
  const result = findCommand(catalog, argv);
  expect({ path: result.command.path, rest: result.rest }).toEqual({ path, rest });
});

describe('rejects an argv without a known command', () => {
  test.each<[argv: string[], code: string, message: RegExp]>([
    [[], 'empty', /^The command is empty\. Try "version"/],
    [['--help'], 'help', /^Help is not supported\. Remove --help\.$/],
    [['-h'], 'help', /Remove --help/],
    [['dags', '--help'], 'help', /Remove --help/],
    [['dags', 'nothing', '-h'], 'help', /Remove --help/],
    [['airflow', 'version'], 'unknown-command', /^The command starts with "airflow"\. Remove it\.$/],
    [['airflowx'], 'unknown-command', /has no command "airflowx"/],
    [['-v', 'version'], 'unknown-command', /^"-v" precedes the command\. Write the command first, then its options\.$/],
    [[''], 'unknown-command', /^Airflow 2\.0\.0 has no command ""\.$/],
    [['version-'], 'unknown-command', /no command "version-"\. Did you mean "version"\?$/],
    [['dags'], 'unknown-command', /^"dags" requires a subcommand: list, trigger, list-runs\.$/],
    [['dags', 'lst'], 'unknown-command', /^Airflow 2\.0\.0 has no command "dags lst"\. Did you mean "dags list"\?$/],
    [
      ['dags', 'wholly-different'],
      'unknown-command',
      /^Airflow 2\.0\.0 has no command "dags wholly-different"\. The subcommands of "dags" are list, trigger, list-runs\.$/,
    ],
    [['db', 'nothing'], 'unknown-command', /The subcommands of "db" are clean\.$/],
    [['dgas', 'list'], 'unknown-command', /^Airflow 2\.0\.0 has no command "dgas"\. Did you mean "dags list"\?$/],
    [['dz', 'clan'], 'unknown-command', /no command "dz"\. Did you mean "db clean"\?$/],
    [['dagz', 'x'], 'unknown-command', /no command "dagz"\. Did you mean "dags"\?$/],
    [['dbb'], 'unknown-command', /no command "dbb"\. Did you mean "db"\?$/],
    [['wholly', 'different'], 'unknown-command', /no command "wholly"\.$/],
  ])('%j: %s', (argv, code, message) => {
    expect(() => findCommand(catalog, argv)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });
});
