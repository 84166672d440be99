import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runMwaa } from '../../client/mwaa/run-mwaa.ts';
import type { LocalStack } from '../../local/local-stack.ts';
import { createConfig, sendRequest, startSmallStack } from './small-stack.ts';

let stack: LocalStack;
beforeAll(async () => {
  stack = await startSmallStack(createConfig('endpoint: regional, callers: { accounts: ["111122223333"] }'));
});
afterAll(() => stack?.close());

/** Pipes all logs of the deployed functions and the API to `mwaa audit`, and returns what it prints. */
async function readAudit(logGroup?: string): Promise<string> {
  let rows = '';
  const exitCode = await runMwaa(['audit'], {
    environment: {},
    stdin: () => Readable.from(stack.logs.lines(logGroup).map(({ message }) => `${message}\n`)),
    stdout: (text) => {
      rows += text;
    },
    stderr: (text) => {
      rows += text;
    },
  });
  expect(exitCode).toBe(0);
  return rows;
}

test('mwaa audit reads the logs of the front and the relay: caller, command, policy line and outcome, also of a command without a logged outcome', async () => {
  const caller = stack.createCaller('team', 'jo');
  const run = (command: string) =>
    sendRequest(stack, { path: '/environments/prod/cli', body: JSON.stringify({ command }), caller });
  await run('version');
  await run('dags delete daily_report');
  await run('dags nonsense');
  await sendRequest(stack, { path: '/environments/prod/health', caller });
  await stack.setFault('function-crash');
  await run('dags list');

  const [timestamp, line, duration, callerName] = [
    String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`,
    String.raw`line \d+`,
    String.raw` *\d+\.\ds`,
    '111122223333:assumed-role/team/jo',
  ];
  const row = (result: string, policyLine: string, elapsed: string, command: string) =>
    `${timestamp}  ${result} +${policyLine} *${elapsed} +prod  ${callerName}  ${command}\n`;
  expect(await readAudit()).toMatch(
    new RegExp(
      [
        '^',
        row('succeeded', line, duration, 'version'),
        row('not-granted', '', duration, 'dags delete daily_report'),
        row('invalid-command', '', duration, String.raw`dags '\*\*\*' {2}\(unknown-command\)`),
        row('succeeded', line, duration, '@health'),
        row('relay-failed', line, duration, 'dags list --output=json'),
        '$',
      ].join(''),
    ),
  );
  // The relay died, so its own log has no outcome.
  const relay = [...stack.gateway.model.functions.values()].find(({ name }) => name.endsWith('-relay-prod'))!;
  expect(await readAudit(relay.logGroup)).toMatch(
    new RegExp(row('no outcome logged', line, '', 'dags list --output=json')),
  );
});
