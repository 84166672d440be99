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

  test.each(CATALOGS.releases())('has no name that an option of Airflow %s has', (release) => {
    const flags = CATALOGS.read(release)!.commands.flatMap(({ arguments: all }) =>
      all.flatMap(({ flags: names = [] }) => names),
    );
    expect(flags.length).toBeGreaterThan(100);
    expect(flags).not.toContain('--no-wait');
  });
});
