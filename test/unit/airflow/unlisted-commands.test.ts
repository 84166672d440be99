import { describe, expect, test } from 'vitest';
import { parseInvocation } from '../../../airflow/parse-invocation.ts';
import { splitCommandLine } from '../../../airflow/split-command-line.ts';
import { UNLISTED_SUCCESS_LINES } from '../../../airflow/unlisted-success-lines.ts';
import { determineVerdict } from '../../../airflow/verdict.ts';
import { CATALOGS } from '../../../files/catalogs.ts';

const RELEASES = CATALOGS.releases().map(CATALOGS.read);

function judge(release: string, command: string, stdout: string, stderr = '') {
  const invocation = parseInvocation(CATALOGS.read(release), splitCommandLine(command));
  return determineVerdict(invocation, 200, { stdout, stderr }, release);
}

describe('a command that AWS does not list', () => {
  test.each<[release: string, command: string, stdout: string, stderr: string]>([
    ['2.11.2', 'connections test missing', "Retrieving connection: 'missing'\n\nConnection not found.\n\n", ''],
    ['2.11.2', 'jobs check', '', 'No alive jobs found.\n'],
    ['2.9.2', 'config get-value core x', '', 'The option [core/x] is not found in config.\n'],
    ['2.11.2', 'providers lazy-loaded', '', 'Stack trace where it has been initialized:\n\n\n'],
    ['3.3.1', 'users delete --username=x', '', 'User "x" does not exist\n'],
    ['3.3.1', 'roles import roles.json', "File 'roles.json' does not exist\n", ''],
    ['3.3.1', 'sync-perm', '', ''],
    ['2.11.2', 'rotate-fernet-key', '', ''],
    ['2.11.2', 'db check', '', ''],
  ])('is unclear without evidence of its success: %s %s', (release, command, stdout, stderr) => {
    expect(judge(release, command, stdout, stderr)).toMatchObject({ outcome: 'unclear', isNormalResult: false });
  });

  test.each<[release: string, command: string, stdout: string]>([
    ['2.11.2', 'jobs check', 'Found one alive job.\n'],
    ['2.11.2', 'config lint', 'Please update your configuration file accordingly.\n'],
    ['3.3.1', 'pools import pools.json', 'Uploaded 2 pool(s)\n'],
    [
      '3.3.1',
      'variables import v.json',
      '1 of 2 variables successfully updated.\n1 variable(s) failed to be updated.\n',
    ],
    ['2.11.2', 'users delete --username=ann', 'User "ann" deleted\n'],
    ['2.11.2', 'connections export c.json', '3 connections successfully exported to c.json.\n'],
  ])('succeeded with the line that only a success prints: %s %s', (release, command, stdout) => {
    expect(judge(release, command, stdout)).toMatchObject({ outcome: 'succeeded', isNormalResult: true });
  });

  test('is unverified if AWS lists it', () => {
    expect(judge('2.11.2', 'dags reserialize', '')).toMatchObject({ outcome: 'unverified', isNormalResult: true });
  });

  test.each(Object.keys(UNLISTED_SUCCESS_LINES))('has a success line although no release lists it: %s', (name) => {
    const commands = RELEASES.flatMap((catalog) => catalog.commands.filter(({ path }) => path.join(' ') === name));
    expect(commands.map(({ listed }) => listed === true)).toContain(false);
  });
});
