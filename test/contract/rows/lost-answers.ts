/** Connections that end, before or after the command ran. */

import { createServer } from 'node:net';
import { expect } from 'vitest';
import type { DoorStep } from '../door.ts';
import type { Row, RowCall, RowContext } from '../row.ts';

const TRIGGER = ['dags', 'trigger', 'daily_report', '--conf', { row: '$ID' }];
const READ: RowCall = {
  name: 'run',
  argv: ['version'],
  value: { outcome: 'succeeded', stdout: expect.stringMatching(/2\.10\.3\n$/) },
};
const LOST_READ: RowCall = {
  name: 'run',
  argv: ['version'],
  error: { kind: 'no response', requestSent: true, outcomeUnknown: false },
};
const LOST_TRIGGER: RowCall = {
  name: 'run',
  argv: TRIGGER,
  error: { kind: 'no response', requestSent: true, outcomeUnknown: true },
};

const keyed = (replayed: boolean): RowCall => ({
  name: 'run',
  argv: TRIGGER,
  idempotencyKey: '$ID',
  value: { outcome: 'succeeded', replayed, runId: expect.stringMatching(/^mwaa-cli-proxy__/) },
});

const repeat = (step: DoorStep, times: number): DoorStep[] => Array.from({ length: times }, () => step);

const haveOneKeyAndBody = ({ door }: RowContext) => {
  expect(new Set(door.requests.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
  expect(new Set(door.requests.map(({ body }) => body)).size).toBe(1);
};

export const LOST_ANSWER_ROWS: readonly Row[] = [
  { name: 'a read whose request is lost is sent again', door: ['lose request'], calls: [READ], requests: 2 },
  { name: 'a read whose answer is lost is sent again', door: ['lose answer'], calls: [READ], requests: 2 },
  { name: 'a read whose answer is cut is sent again', door: ['cut answer'], calls: [READ], requests: 2 },
  { name: 'a read whose answers are all lost', door: repeat('lose answer', 9), calls: [LOST_READ], requests: 4 },
  {
    name: 'a trigger whose request is lost is not sent again',
    door: ['lose request'],
    calls: [LOST_TRIGGER],
    requests: 1,
    runs: 0,
  },
  {
    name: 'a trigger whose answer is lost is not sent again',
    door: ['lose answer'],
    calls: [LOST_TRIGGER],
    requests: 1,
    runs: 1,
  },
  {
    name: 'what precedes the answer to a trigger is not the answer',
    door: ['hint'],
    calls: [{ name: 'run', argv: TRIGGER, value: { outcome: 'succeeded' } }],
    requests: 1,
    runs: 1,
  },
  {
    name: 'a trigger whose answer is cut is not sent again',
    door: ['cut answer'],
    calls: [LOST_TRIGGER],
    requests: 1,
    runs: 1,
  },
  {
    name: 'another command that changes something is not sent again, either',
    door: ['lose answer'],
    calls: [
      {
        name: 'run',
        argv: ['variables', 'set', 'note-$ID', 'a'],
        error: { kind: 'no response', outcomeUnknown: true },
      },
    ],
    requests: 1,
  },
  {
    name: 'a keyed trigger whose request is lost creates its run later',
    door: ['lose request'],
    calls: [keyed(false)],
    requests: 2,
    runs: 1,
    check: haveOneKeyAndBody,
  },
  {
    name: 'a keyed trigger whose answer is lost finds its run',
    door: ['lose answer'],
    calls: [keyed(true)],
    requests: 2,
    runs: 1,
    check: haveOneKeyAndBody,
  },
  {
    name: 'a keyed trigger whose answers are lost or cut',
    door: ['lose answer', 'cut answer', 'lose request'],
    calls: [keyed(true)],
    requests: 4,
    runs: 1,
  },
  {
    name: 'a keyed trigger through five lost answers, with a second call: one run',
    door: repeat('lose answer', 5),
    calls: [{ ...LOST_TRIGGER, idempotencyKey: '$ID' }, keyed(true)],
    requests: 6,
    runs: 1,
    check: haveOneKeyAndBody,
  },
  {
    name: 'a key that is sent again gives the same run',
    calls: [keyed(false), keyed(true)],
    requests: 2,
    runs: 1,
  },
  {
    name: 'a key for another conf is refused',
    calls: [
      keyed(false),
      {
        name: 'run',
        argv: [...TRIGGER.slice(0, -1), { row: '$ID', other: 1 }],
        idempotencyKey: '$ID',
        error: { kind: 'problem', code: 'key-reused', status: 409, outcomeUnknown: false, retrySafe: true },
      },
    ],
    requests: 2,
    runs: 1,
  },
  {
    name: 'a key for a command that creates no run, and changes something, is refused',
    calls: [
      {
        name: 'run',
        argv: ['variables', 'set', 'note-$ID', 'a'],
        idempotencyKey: '$ID',
        error: { kind: 'problem', code: 'malformed-request', outcomeUnknown: false },
      },
    ],
    requests: 1,
  },
  {
    name: 'nothing listens at the address',
    client: async ({ environment, stack, credentials }) => ({
      url: `http://127.0.0.1:${await findUnusedPort()}/v1`,
      environment,
      region: stack.region,
      credentials,
    }),
    calls: [{ name: 'run', argv: TRIGGER, error: { kind: 'no response', requestSent: false, outcomeUnknown: false } }],
    requests: 0,
  },
  {
    name: 'the name of the API does not resolve',
    client: ({ environment, stack, credentials }) => ({
      url: 'http://api.invalid/v1',
      environment,
      region: stack.region,
      credentials,
    }),
    calls: [
      { name: 'run', argv: ['version'], error: { kind: 'no response', requestSent: false, outcomeUnknown: false } },
    ],
    requests: 0,
  },
  {
    name: 'lists are read again, too',
    door: ['lose answer', 'lose request'],
    calls: [
      { name: 'commands', value: expect.arrayContaining([expect.objectContaining({ command: 'version' })]) },
      { name: 'environments', value: expect.any(Array) },
    ],
    requests: 4,
  },
  {
    name: 'the relay ends after a trigger ran: its outcome is unknown',
    environment: 'flaky',
    prepare: breakRelay({ cut: 'after', times: 1 }),
    calls: [
      {
        name: 'run',
        argv: TRIGGER,
        error: {
          kind: 'problem',
          code: 'outcome-unknown',
          status: 424,
          outcomeUnknown: true,
          retrySafe: false,
          runId: expect.stringMatching(/^mwaa-cli-proxy__/),
        },
      },
    ],
    requests: 1,
    runs: 1,
  },
  {
    name: 'the relay ends after a keyed trigger ran: it finds its run',
    environment: 'flaky',
    prepare: breakRelay({ cut: 'after', times: 1 }),
    calls: [keyed(true)],
    requests: 2,
    runs: 1,
  },
  {
    name: 'the relay ends during a read: it is sent again',
    environment: 'flaky',
    prepare: breakRelay({ functionError: 'Runtime.OutOfMemory', when: 'after', times: 1 }),
    calls: [READ],
    requests: 2,
  },
];

/** Faults of the relay of `flaky`. */
function breakRelay(fault: Parameters<RowContext['stack']['gateway']['controls']['setInvokeFault']>[1]) {
  return async ({ stack: { gateway }, environment }: RowContext) => {
    const relay = [...gateway.model.functions.values()].find(({ name }) =>
      name.endsWith(`-relay-${environment}`),
    )!.name;
    gateway.controls.setInvokeFault(relay, fault);
    return () => gateway.controls.setInvokeFault(relay, undefined);
  };
}

async function findUnusedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
