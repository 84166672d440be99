import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { EXIT_CODES } from '../../../../client/exit-codes.ts';
import { WAIT_EXIT_CODES } from '../../../../client/mwaa/wait/wait-and-report.ts';
import { createProblemResponse, createResponse, runMwaaWithApi } from './scripted-api.ts';

const ENVIRONMENTS = [
  { name: 'analytics-prod', airflowVersion: '2.10.3' },
  { name: 'next', airflowVersion: '3.0.6' },
];

describe.concurrent('mwaa environments', () => {
  test('names and releases, without one being chosen', async () => {
    const answered = await runMwaaWithApi(['environments'], () => createResponse({ environments: ENVIRONMENTS }), {
      environment: { MWAA_ENVIRONMENT: '' },
    });
    expect(answered).toMatchObject({
      exitCode: 0,
      stdout: 'analytics-prod  Airflow 2.10.3\nnext            Airflow 3.0.6\n',
      stderr: '',
      asked: [{ route: '/environments' }],
    });
  });

  test('as JSON', async () => {
    const { stdout } = await runMwaaWithApi(['environments', '--json'], () =>
      createResponse({ environments: ENVIRONMENTS }),
    );
    expect(JSON.parse(stdout)).toEqual(ENVIRONMENTS);
  });

  test('none is said on standard error', async () => {
    const answered = await runMwaaWithApi(['environments'], () => createResponse({ environments: [] }));
    expect(answered).toMatchObject({ exitCode: 0, stdout: '', stderr: expect.stringContaining('Nothing is granted') });
  });

  test('a refusal has the exit code of the airflow command', async () => {
    expect(await runMwaaWithApi(['environments'], () => createProblemResponse('not-signed'))).toMatchObject({
      exitCode: 77,
      stdout: '',
    });
  });
});

const createGrantedCommand = (name: string, usage: string, grant: string, line: number) => ({
  command: name,
  usage,
  grant,
  line,
  options: [],
});
const COMMANDS = [
  createGrantedCommand('version', 'version', '@read', 38),
  createGrantedCommand('dags list', 'dags list [--output json|plain]', '@read', 38),
  createGrantedCommand('dags trigger', 'dags trigger dag_id [--conf CONF]', 'dags trigger reporting_* --conf=*', 41),
];

describe.concurrent('mwaa allowed', () => {
  const allowed = (...words: string[]) =>
    runMwaaWithApi(['allowed', ...words], () => createResponse({ commands: COMMANDS }));

  test('by grant', async () => {
    expect(await allowed()).toMatchObject({
      exitCode: 0,
      stdout: [
        'line 38: @read',
        '  version',
        '  dags list [--output json|plain]',
        '',
        'line 41: dags trigger reporting_* --conf=*',
        '  dags trigger dag_id [--conf CONF]',
        '',
      ].join('\n'),
    });
  });

  test.each<[words: string[], found: string[]]>([
    [[], ['version', 'dags list', 'dags trigger']],
    [['dags'], ['dags list', 'dags trigger']],
    [['trigger', 'dags'], ['dags trigger']],
    [['dags', 'version'], []],
  ])('with the words %j, as JSON', async (words, found) => {
    const { exitCode, stdout } = await allowed('--json', ...words);
    expect(JSON.parse(stdout)).toEqual(COMMANDS.filter(({ command: name }) => found.includes(name)));
    expect(exitCode).toBe(found.length > 0 ? 0 : 1);
  });

  test('nothing is said on standard error', async () => {
    expect(await allowed('delete')).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: 'mwaa allowed: Nothing with "delete" is granted to you in prod.\n',
    });
  });
});

describe('a command that is not there', () => {
  test.each([
    [['environment'], 'Did you mean "environments"?'],
    [['wiat', 'x', 'y'], 'Did you mean "wait"?'],
    [['policy'], 'There is "policy test".'],
  ])('mwaa %j: %s', async (argv, hint) => {
    expect(await runMwaaWithApi(argv)).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining(hint),
    });
  });

  test.each([[['--help']], [['help']], [['policy', '--help']]])('mwaa %j is the overview', async (argv) => {
    expect(await runMwaaWithApi(argv)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('Running:'),
      stderr: '',
    });
  });

  test.each(['allowed', 'environments', 'run', 'wait'])('mwaa %s --help has examples', async (name) => {
    const { exitCode, stdout } = await runMwaaWithApi([name, '--help']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Usage: mwaa ${name}`));
    expect(stdout).toMatch(new RegExp(`^  .*mwaa ${name}`, 'm'));
  });
});

test('docs/operators.md has the commands of the overview, and the exit codes of waiting', async () => {
  const page = readFileSync(new URL('../../../../docs/operators.md', import.meta.url), 'utf8');
  const { stdout } = await runMwaaWithApi(['--help']);
  const inOverview = [...stdout.matchAll(/^ {2}mwaa (\S+(?: \S+)?) {2,}/gm)].map(([, name]) => name);
  expect([...page.matchAll(/^\| `mwaa (.+?)` +\|/gm)].map(([, name]) => name)).toEqual(inOverview);
  const codes = [...page.matchAll(/^\| `(\d+)` +\|/gm)].map(([, code]) => Number(code));
  expect(codes).toEqual([
    EXIT_CODES.ok,
    EXIT_CODES.failed,
    WAIT_EXIT_CODES.noRun,
    WAIT_EXIT_CODES.timedOut,
    EXIT_CODES.interrupted,
  ]);
});
