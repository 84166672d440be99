import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { EXIT_CODES } from '../../../../client/exit-codes.ts';
import { WAIT_EXIT_CODES } from '../../../../client/mwaa/wait/wait-exit-codes.ts';
import { createProblemResponse, createResponse, runMwaaWithApi } from './scripted-api.ts';

const ENVIRONMENTS = [
  { name: 'analytics-prod', airflowVersion: '2.10.3' },
  { name: 'next', airflowVersion: '3.0.6' },
];

describe.concurrent('mwaa environments', () => {
  test('prints names and releases, even if no environment is set', async () => {
    const result = await runMwaaWithApi(['environments'], () => createResponse({ environments: ENVIRONMENTS }), {
      environment: { MWAA_ENVIRONMENT: '' },
    });
    expect(result).toMatchObject({
      exitCode: 0,
      stdout: 'analytics-prod  Airflow 2.10.3\nnext            Airflow 3.0.6\n',
      stderr: '',
      requests: [{ route: '/environments' }],
    });
  });

  test('prints JSON with --json', async () => {
    const { stdout } = await runMwaaWithApi(['environments', '--json'], () =>
      createResponse({ environments: ENVIRONMENTS }),
    );
    expect(JSON.parse(stdout)).toEqual(ENVIRONMENTS);
  });

  test('prints a message to standard error if there are none', async () => {
    const result = await runMwaaWithApi(['environments'], () => createResponse({ environments: [] }));
    expect(result).toMatchObject({ exitCode: 0, stdout: '', stderr: expect.stringContaining('Nothing is granted') });
  });

  test('exits like the airflow command after a refusal', async () => {
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
  const runAllowed = (...words: string[]) =>
    runMwaaWithApi(['allowed', ...words], () => createResponse({ commands: COMMANDS }));

  test('groups commands by grant', async () => {
    expect(await runAllowed()).toMatchObject({
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

  test('names what a grant of a command covers in the REST API, and lists operations', async () => {
    const commands = [
      {
        ...createGrantedCommand('dags trigger', 'dags trigger dag_id', 'dags trigger reporting_*', 41),
        operations: ['POST /dags/{dag_id}/dagRuns'],
      },
      createGrantedCommand(
        'api GET /dags/{dag_id}',
        'api GET /dags/{dag_id} [--fields FIELDS …]',
        'api GET /dags/*',
        42,
      ),
    ];
    expect(await runMwaaWithApi(['allowed'], () => createResponse({ commands }))).toMatchObject({
      exitCode: 0,
      stdout: [
        'line 41: dags trigger reporting_*',
        '  dags trigger dag_id',
        '    covers POST /dags/{dag_id}/dagRuns',
        '',
        'line 42: api GET /dags/*',
        '  api GET /dags/{dag_id} [--fields FIELDS …]',
        '',
      ].join('\n'),
    });
  });

  test.each<[words: string[], expected: string[]]>([
    [[], ['version', 'dags list', 'dags trigger']],
    [['dags'], ['dags list', 'dags trigger']],
    [['trigger', 'dags'], ['dags trigger']],
    [['dags', 'version'], []],
  ])('filters by the words %j', async (words, expected) => {
    const { exitCode, stdout } = await runAllowed('--json', ...words);
    expect(JSON.parse(stdout)).toEqual(COMMANDS.filter(({ command }) => expected.includes(command)));
    expect(exitCode).toBe(expected.length > 0 ? 0 : 1);
  });

  test('exits with 1 and a message on standard error if nothing is granted', async () => {
    expect(await runAllowed('delete')).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: 'mwaa allowed: No command that contains "delete" is granted to you in prod.\n',
    });
  });
});

describe('mwaa', () => {
  test.each([
    [['environment'], 'Did you mean "environments"?'],
    [['wiat', 'x', 'y'], 'Did you mean "wait"?'],
    [['policy'], 'Did you mean one of: policy push, policy show, policy test?'],
  ])('rejects the unknown command %j with the hint %s', async (argv, hint) => {
    expect(await runMwaaWithApi(argv)).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining(hint),
    });
  });

  test.each([[['--help']], [['help']], [['policy', '--help']]])('%j prints the overview', async (argv) => {
    expect(await runMwaaWithApi(argv)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('Run:'),
      stderr: '',
    });
  });

  test.each(['allowed', 'environments', 'run', 'wait'])('%s --help shows examples', async (name) => {
    const { exitCode, stdout } = await runMwaaWithApi([name, '--help']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Usage: mwaa ${name}`));
    expect(stdout).toMatch(new RegExp(`^  .*mwaa ${name}`, 'm'));
  });
});

test('docs/operators.md lists the commands of the overview, and the exit codes of waiting', async () => {
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
