import { describe, expect, test } from 'vitest';
import { isHelpRequest } from '../../../../client/airflow/is-help-request.ts';
import { formatHelp } from '../../../../client/airflow/print-help.ts';
import { CATALOGS } from '../../../../files/catalogs.ts';

const AIRFLOW_2 = CATALOGS.read('2.10.3');

test.each<[argv: string[], isHelp: boolean]>([
  [['--help'], true],
  [['dags', 'list', '-h'], true],
  [['variables', 'set', 'k', '--', '--help'], false],
  [['dags', 'trigger', 'x', '--conf=--help'], false],
  [[], true],
  [['help'], true],
  [['help', 'dags'], true],
  [['dags', 'help'], true],
  [['pause', 'help'], false],
  [['variables', 'get', 'help'], false],
])('%j is a help request: %s', (argv, isHelp) => {
  expect(isHelpRequest(argv)).toBe(isHelp);
});

describe('formatHelp', () => {
  test('lists groups with their commands, and the single commands', () => {
    const text = formatHelp(AIRFLOW_2, ['--help']);
    expect(text).toContain('Airflow 2.10.3.');
    expect(text).toMatch(/^ {2}variables +delete, export, get, import, list, set$/m);
    expect(text).toMatch(/^ {2}version +Show the version$/m);
  });

  test.each([
    ['help', 'dags'],
    ['dags', 'help'],
  ])('accepts the words %s %s', (...words) => {
    expect(formatHelp(AIRFLOW_2, words)).toBe(formatHelp(AIRFLOW_2, ['dags', '--help']));
  });

  test('lists the commands of a group', () => {
    expect(formatHelp(AIRFLOW_2, ['dags', '-h'])).toMatch(/^ {2}trigger +Trigger a (new )?DAG run/m);
  });

  test('shows the usage, arguments and options of a command', () => {
    const text = formatHelp(AIRFLOW_2, ['variables', 'set', '--help']);
    expect(text.split('\n').slice(0, 9)).toEqual([
      'Usage: airflow variables set key value [--description DESCRIPTION] [--json]',
      '                             [--verbose]',
      '',
      'Set variable',
      '',
      'Positional Arguments:',
      '  key                   Variable key',
      '  value                 Variable value',
      '',
    ]);
  });

  test('lists the choices and the default of an option once', () => {
    const text = formatHelp(AIRFLOW_2, ['dags', 'list', '-h']);
    expect(text.match(/\byaml\b/g)).toHaveLength(1);
    expect(text).toMatch(/-o, --output OUTPUT .*\n +\(default: table\)\n/);
    expect(formatHelp(CATALOGS.read('3.3.1'), ['backfill', 'create', '-h']).replace(/\s+/g, ' ')).toContain(
      'one of completed, failed, none',
    );
  });

  test.each(CATALOGS.releases())('shows all arguments of every command of %s', (release) => {
    const catalog = CATALOGS.read(release);
    for (const command of catalog.commands) {
      const text = formatHelp(catalog, [...command.path, '--help']);
      for (const { flags, dest } of command.arguments) expect(text).toContain(flags?.join(', ') ?? dest);
      // A line is longer only if one argument is.
      for (const line of text.slice(0, text.indexOf('\n\n')).split('\n'))
        if (line.split('[').length > 2) expect(line.length).toBeLessThanOrEqual(80);
    }
  });

  test('rejects an unknown command and suggests the nearest', () => {
    expect(() => formatHelp(AIRFLOW_2, ['dags', 'lst', '-h'])).toThrow('"dags list"');
  });
});
