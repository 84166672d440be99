import { expect, test } from 'vitest';
import { fillCommand, readInputs } from '../../../../client/pipeline/read-inputs.ts';

const VARIABLES = { DAY: '2026-11-22', NASTY: `'; dags delete x "} --yes`, OPTION: '--help', EMPTY: '' };

test.each([
  ['dags list', ['dags', 'list']],
  ['airflow dags list', ['dags', 'list']],
  ["variables set day '{env.DAY}'", ['variables', 'set', 'day', '2026-11-22']],
  ['dags trigger x --run-id={env.NASTY}', ['dags', 'trigger', 'x', `--run-id=${VARIABLES.NASTY}`]],
  [
    `dags trigger x --conf '{"a": "{env.NASTY}"}'`,
    ['dags', 'trigger', 'x', '--conf', JSON.stringify({ a: VARIABLES.NASTY })],
  ],
  ['dags trigger x --run-id={env.OPTION}', ['dags', 'trigger', 'x', '--run-id=--help']],
  ['variables set day {env.EMPTY}', ['variables', 'set', 'day', '']],
  ['dags trigger x $HOME `id` *', ['dags', 'trigger', 'x', '$HOME', '`id`', '*']],
  ['dags list \n  --output\tjson', ['dags', 'list', '--output', 'json']],
])('reads %j', (command, argv) => {
  expect(fillCommand(command, VARIABLES)).toEqual(argv);
});

test.each([
  ['dags trigger {env.OPTION}', 'begins with "-"'],
  ['dags trigger {env.MISSING}', 'no variable MISSING'],
  ['dags trigger report_{env.DAY}', 'only a part of a value'],
  ['dags trigger {day}', '{day} is not a placeholder'],
  ["dags trigger 'x", 'is not closed'],
])('rejects %j', (command, message) => {
  expect(() => fillCommand(command, VARIABLES)).toThrow(message);
});

test('takes the address and the environment from variables if the inputs are empty', () => {
  const variables = { MWAA_CLI_PROXY_URL: 'https://api.example.com/v1', MWAA_ENVIRONMENT: 'prod' };
  const getInput = (name: string) => (name === 'command' ? 'version' : '');
  expect(readInputs(getInput, variables)).toMatchObject({
    url: 'https://api.example.com/v1',
    environment: 'prod',
    wait: false,
    timeoutMs: 1_800_000,
    intervalMs: 5000,
    idempotencyKey: undefined,
  });
});

const INPUTS = {
  url: 'https://api.example.com/v1',
  environment: 'prod',
  command: 'dags trigger x',
  wait: 'true',
  timeout: '2h',
};

test.each([
  [{ command: '' }, 'Set the input command to an Airflow command'],
  [{ url: '' }, 'Set the input url, or the variable MWAA_CLI_PROXY_URL'],
  [{ environment: '' }, 'Set the input environment, or the variable MWAA_ENVIRONMENT'],
  [{ url: 'api.example.com' }, 'is not a URL'],
  [{ url: 'http://api.example.com/v1' }, 'has no TLS'],
  [{ command: 'dags list' }, 'only for "dags trigger"'],
  [{ wait: 'yes' }, 'Set it to true or false.'],
  [{ timeout: 'soon' }, 'The input timeout soon is not a duration'],
])('rejects the inputs %o', (changed, message) => {
  const all: Record<string, string> = { ...INPUTS, ...changed };
  expect(() => readInputs((name) => all[name] ?? '', {})).toThrow(message);
});

test("accepts plain HTTP only on this machine, and every release's trigger", () => {
  const all: Record<string, string> = { ...INPUTS, url: 'http://127.0.0.1:8080/v1', command: 'trigger_dag x' };
  expect(readInputs((name) => all[name] ?? '', {})).toMatchObject({
    isTrigger: true,
    wait: true,
    timeoutMs: 7_200_000,
  });
});
