import { describe, expect, test } from 'vitest';
import { parseClientOptions } from '../../../../client/airflow/client-options.ts';
import { CATALOGS } from '../../../../files/catalogs.ts';

describe('an option of the client', () => {
  test.each<[argv: string[], command: string[], wait: string | undefined]>([
    [['--no-wait', 'dags', 'list'], ['dags', 'list'], '0'],
    [['--no-wait', '--no-wait', 'version'], ['version'], '0'],
    [['--no-wait'], [], '0'],
    [['dags', 'list', '--no-wait'], ['dags', 'list', '--no-wait'], undefined],
    [['--', '--no-wait'], ['--', '--no-wait'], undefined],
    [['constructor'], ['constructor'], undefined],
    [[], [], undefined],
  ])('is recognized only before the command: %j', (argv, command, wait) => {
    const { argv: rest, variables } = parseClientOptions(argv);
    expect([rest, variables.MWAA_CLI_PROXY_WAIT]).toEqual([command, wait]);
  });

  test.each<[argv: string[], stderr: string | undefined]>([
    [['--verbose', 'dags', 'list'], 'all'],
    [['--raw', '--no-wait', 'dags', 'list'], 'raw'],
    [['dags', 'list', '--verbose'], undefined],
    [['dags', 'list', '-v'], undefined],
  ])('selects what is printed: %j', (argv, stderr) => {
    expect(parseClientOptions(argv).variables.MWAA_CLI_PROXY_STDERR).toBe(stderr);
  });

  test.each(CATALOGS.releases())(
    'stands where Airflow %s has no options: every command begins with a name',
    (release) => {
      const firstWords = CATALOGS.read(release).commands.map(({ path }) => path[0]);
      expect(firstWords.length).toBeGreaterThan(30);
      expect(firstWords.filter((word) => !/^[a-z]/.test(word!))).toEqual([]);
    },
  );
});
