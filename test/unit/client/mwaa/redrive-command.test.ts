import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, expect, test } from 'vitest';
import { runMwaa } from '../../../../client/mwaa/run-mwaa.ts';
import { createRecordedTerminal } from '../../../create-recorded-terminal.ts';
import { EVENT_CONFIG } from '../../../fixtures/event-config.ts';
import { createCloseAfterTest } from '../../close-after-test.ts';

const folder = mkdtempSync(join(tmpdir(), 'redrive-'));
const config = join(folder, 'config.yaml');
writeFileSync(config, EVENT_CONFIG);
afterAll(() => rmSync(folder, { recursive: true }));
const closeAfterTest = createCloseAfterTest();

const DEAD = 'MwaaCliProxy-720caab7-dead-landing';
const QUEUE = 'MwaaCliProxy-720caab7-event-landing';
const ARN = `arn:aws:sqs:ap-southeast-2:111122223333:${DEAD}`;
const AT = Date.parse('2026-11-29T12:00:00Z');

interface Letter {
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
}
const failed = (id: string, detail = 'Dag id ingest not found'): Letter => ({
  id,
  attributes: { problem: 'command-failed', detail, requestId: `request-${id}`, event: 'landing' },
});

/** Plays the calls of SQS: each message is received once, until it is shown again. */
async function startSqs(
  letters: readonly Letter[],
  { task = 'COMPLETED', error }: { task?: string; error?: string } = {},
) {
  const calls: { action: string; parameters: Record<string, unknown> }[] = [];
  const hidden = new Set<string>();
  const answers: Record<string, (parameters: never) => object> = {
    GetQueueUrl: () => ({ QueueUrl: `https://sqs.ap-southeast-2.amazonaws.com/111122223333/${DEAD}` }),
    GetQueueAttributes: () => ({ Attributes: { QueueArn: ARN } }),
    ReceiveMessage: () => {
      const visible = letters.filter(({ id }) => !hidden.has(id)).slice(0, 10);
      for (const { id } of visible) hidden.add(id);
      const Messages = visible.map(({ id, attributes }, index) => ({
        MessageId: id,
        ReceiptHandle: `handle-${id}`,
        Body: '{}',
        Attributes: { SentTimestamp: String(AT + index * 1000) },
        MessageAttributes: Object.fromEntries(
          Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
        ),
      }));
      return visible.length === 0 ? {} : { Messages };
    },
    ChangeMessageVisibilityBatch: ({ Entries }: { Entries: { ReceiptHandle: string }[] }) => {
      for (const { ReceiptHandle } of Entries) hidden.delete(ReceiptHandle.replace('handle-', ''));
      return { Successful: [], Failed: [] };
    },
    StartMessageMoveTask: () => ({ TaskHandle: 't' }),
    ListMessageMoveTasks: () => ({
      Results: [{ Status: task, ApproximateNumberOfMessagesMoved: letters.length, FailureReason: 'AccessDenied' }],
    }),
  };
  const server = createServer(async (request, response) => {
    const text = (await request.toArray()).join('');
    const action = String(request.headers['x-amz-target']).replace('AmazonSQS.', '');
    const parameters = JSON.parse(text);
    calls.push({ action, parameters });
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    if (error === action) {
      response.statusCode = 400;
      response.end(JSON.stringify({ __type: 'com.amazonaws.sqs#AccessDeniedException', message: 'no' }));
    } else {
      response.end(JSON.stringify(answers[action]!(parameters as never)));
    }
  }).listen(0, '127.0.0.1');
  closeAfterTest({ close: () => new Promise<void>((resolve) => server.close(() => resolve())) });
  await new Promise((resolve) => server.once('listening', resolve));
  const variables = {
    AWS_ENDPOINT_URL_SQS: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
  };
  const run = async (args: string[], answer?: string) => {
    const { terminal, written } = createRecordedTerminal(variables);
    const stdin = Object.assign(Readable.from(answer === undefined ? [] : [`${answer}\n`]), {
      isTTY: answer !== undefined,
    });
    const exitCode = await runMwaa(['redrive', ...args, '--config', config], { ...terminal, stdin: () => stdin });
    return { exitCode, ...written, actions: calls.map(({ action }) => action) };
  };
  return { run, calls, hidden };
}

test('shows the reasons of the events, and leaves them where they are', async () => {
  const { run, hidden, calls } = await startSqs([
    ...Array.from({ length: 12 }, (_, index) => failed(`a${index}`)),
    failed('b', 'x\u001b[31m'),
    { id: 'c', attributes: { ERROR_CODE: 'NO_PERMISSIONS', ERROR_MESSAGE: 'User is not authorized', RULE_ARN: 'r' } },
    { id: 'd', attributes: {} },
  ]);

  const { exitCode, stdout, stderr, actions } = await run(['landing']);

  expect(stdout.split('\n')).toEqual([
    'events  problem                        first                 request id of the first  detail',
    '12      command-failed                 2026-11-29T12:00:00Z  request-a0               Dag id ingest not found',
    expect.stringMatching(/^1 +command-failed +2026-\S+ +request-b +x\\u001b\[31m$/),
    expect.stringMatching(/^1 +not delivered: NO_PERMISSIONS +2026-\S+ +- +User is not authorized$/),
    expect.stringMatching(/^1 +moved by SQS +2026-\S+ +- +The events function did not finish any try\.$/),
    '',
  ]);
  expect(stderr).toBe('mwaa redrive: nothing was sent. Use --yes to send the events again.\n');
  expect(exitCode).toBe(0);
  expect(hidden.size).toBe(0);
  expect(actions).not.toContain('StartMessageMoveTask');
  expect(calls[0]).toEqual({ action: 'GetQueueUrl', parameters: { QueueName: DEAD } });
});

test.each<[what: string, args: string[], answer: string | undefined, isSent: boolean]>([
  ['with --yes', ['--yes'], undefined, true],
  ['after y', [], 'y', true],
  ['not after n', [], 'n', false],
  ['not after an empty answer', [], '', false],
  ['not without an answer', [], undefined, false],
])('sends the events again %s', async (_what, args, answer, isSent) => {
  const { run, calls } = await startSqs([failed('a')]);

  const { exitCode, stderr } = await run(['landing', ...args], answer);

  expect(exitCode).toBe(0);
  expect(calls.filter(({ action }) => action === 'StartMessageMoveTask').map(({ parameters }) => parameters)).toEqual(
    isSent ? [{ SourceArn: ARN, DestinationArn: ARN.replace(DEAD, QUEUE) }] : [],
  );
  expect(stderr).toContain(isSent ? `sent again: 1, to the queue ${QUEUE}.` : 'nothing was sent');
});

test('says that there are no events', async () => {
  const { run } = await startSqs([]);

  expect(await run(['landing', '--yes'])).toMatchObject({
    exitCode: 0,
    stderr: `mwaa redrive: no events are in the dead-letter queue ${DEAD}.\n`,
  });
});

test.each<[what: string, options: Parameters<typeof startSqs>[1], message: RegExp]>([
  ['SQS stops', { task: 'FAILED' }, /SQS stopped after 1: AccessDenied\. .*operations\.redriveRoles lists your role/],
  [
    'the role may not send',
    { error: 'StartMessageMoveTask' },
    /^mwaa redrive: StartMessageMoveTask: AccessDeniedException: no\. Check that operations\.redriveRoles/,
  ],
  ['the role may not look', { error: 'ReceiveMessage' }, /ReceiveMessage: AccessDeniedException.*mwaa redrive --help/],
])('fails if %s', async (_what, options, message) => {
  const { run } = await startSqs([failed('a')], options);

  const { exitCode, stderr } = await run(['landing', '--yes']);

  expect(exitCode).toBe(1);
  expect(stderr).toMatch(message);
});

test('prints the name of the queue without calling AWS', async () => {
  const { run } = await startSqs([]);

  expect(await run(['landing', '--queue'])).toMatchObject({ exitCode: 0, stdout: `${QUEUE}\n`, actions: [] });
});

test.each<[args: string[], message: RegExp]>([
  [[], /Name one event/],
  [['landing', 'orders'], /Name one event/],
  [['landin'], /has no event "landin"\. Did you mean "landing"\?/],
  [['zzz'], /Its events: landing, nightly, orders, paused\./],
])('%j is invalid', async (args, message) => {
  const { run } = await startSqs([]);

  expect(await run(args)).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(message) });
});
