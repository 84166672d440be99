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

/** Everything that the deployed functions and the API wrote, as `mwaa audit` tells it. */
async function readAudit(): Promise<string> {
  let rows = '';
  const exitCode = await runMwaa(['audit'], {
    environment: {},
    stdin: Readable.from(stack.logs.lines().map(({ message }) => `${message}\n`)),
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

test('what the relay writes is read: who, what, by which line, what became of it, and what has no end', async () => {
  const caller = stack.createCaller('team', 'jo');
  const run = (command: string) =>
    sendRequest(stack, { path: '/environments/prod/cli', body: JSON.stringify({ command }), caller });
  await run('version');
  await run('dags delete daily_report');
  await run('dags nonsense');
  await sendRequest(stack, { path: '/environments/prod/health', caller });
  await stack.setFault('function-crash');
  await run('dags list');

  const [when, line, time, who] = [
    String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`,
    String.raw`line \d+`,
    String.raw` *\d+\.\ds`,
    '111122223333:assumed-role/team/jo',
  ];
  const row = (verdict: string, by: string, lasted: string, command: string) =>
    `${when}  ${verdict} +${by} *${lasted} +prod  ${who}  ${command}\n`;
  expect(await readAudit()).toMatch(
    new RegExp(
      [
        '^',
        row('succeeded', line, time, 'version'),
        row('not-granted', '', time, 'dags delete daily_report'),
        row('invalid-command', '', time, '-'),
        row('succeeded', line, time, '@health'),
        row('no outcome logged', line, '', 'dags list --output=json'),
        '$',
      ].join(''),
    ),
  );
});
