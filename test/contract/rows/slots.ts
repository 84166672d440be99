/** No free slot: how long a command waits. */
import { expect } from 'vitest';
import type { DoorStep } from '../door.ts';
import type { Row, RowCall, RowContext } from '../row.ts';

const TRIGGER = ['dags', 'trigger', 'daily_report', '--conf', { row: '$ID' }];
const BUSY: DoorStep = { problem: 'busy', retryAfter: 0 };
const BUSY_FOR_EVER: readonly DoorStep[] = Array.from({ length: 99 }, () => BUSY);
const RAN: RowCall = { name: 'run', argv: TRIGGER, value: { outcome: 'succeeded' } };
const GAVE_UP: RowCall = {
  name: 'run',
  argv: TRIGGER,
  error: { kind: 'problem', code: 'busy', status: 503, outcomeUnknown: false, retrySafe: true },
};

const listPreferences = ({ door }: RowContext) => door.requests.map(({ headers }) => headers.prefer);

const findRelay = ({ stack: { gateway }, environment }: RowContext): string =>
  [...gateway.model.functions.values()].find(({ name }) => name.endsWith(`-relay-${environment}`))!.name;

const countThrottled = (context: RowContext): number =>
  Object.values(context.stack.gateway.functionStatistics(findRelay(context)).throttled).reduce(
    (sum: number, count) => sum + Number(count),
    0,
  );

/** Whether Lambda has no capacity for the relay of an environment. */
const setThrottled = (context: RowContext, on: boolean): void =>
  context.stack.gateway.controls.setThrottled(on, findRelay(context));

export const SLOT_ROWS: readonly Row[] = [
  {
    name: 'no slot is free for a while',
    door: [BUSY, BUSY, BUSY, BUSY, BUSY],
    calls: [RAN],
    requests: 6,
    runs: 1,
    check: (context) => expect(listPreferences(context)).toEqual(Array.from({ length: 6 }, () => undefined)),
  },
  {
    name: 'no slot is free, and the command does not wait',
    door: BUSY_FOR_EVER,
    calls: [{ ...GAVE_UP, waitSeconds: 0 }],
    requests: 1,
    runs: 0,
    check: (context) => expect(listPreferences(context)).toEqual(['wait=0']),
  },
  {
    name: 'no slot is ever free',
    door: BUSY_FOR_EVER,
    calls: [{ ...GAVE_UP, waitSeconds: 1.5 }],
    requests: expect.toSatisfy((count: number) => count >= 1 && count <= 6) as never,
    runs: 0,
    check: (context) => expect(listPreferences(context)[0]).toBe('wait=1'),
  },
  {
    name: 'the header says how long the next request may wait',
    door: [BUSY],
    calls: [{ ...RAN, waitSeconds: 100 }],
    requests: 2,
    check: (context) => expect(listPreferences(context)).toEqual(['wait=100', 'wait=99']),
  },
  {
    name: 'a listener learns that a command waits',
    door: [BUSY, BUSY],
    calls: [{ ...RAN, listens: true, events: ['waits'] }],
    requests: 3,
    check: (context) => expect(listPreferences(context)).toEqual(['wait=3', undefined, undefined]),
  },
  {
    name: 'a listener is not called if a slot is free',
    calls: [{ ...RAN, listens: true, events: [] }],
    requests: 1,
  },
  {
    name: 'the API has too many requests',
    door: Array.from({ length: 5 }, () => ({ problem: 'throttled', retryAfter: 0 }) as const),
    calls: [RAN],
    requests: 6,
    runs: 1,
  },
  {
    name: 'lists are read again if the API has too many requests',
    door: [{ problem: 'throttled', retryAfter: 0 }],
    calls: [{ name: 'environments', value: expect.any(Array) }],
    requests: 2,
  },
  {
    name: 'Lambda prepares the relay',
    door: Array.from({ length: 5 }, () => ({ problem: 'relay-unavailable', retryAfter: 0 }) as const),
    calls: [RAN],
    requests: 6,
    runs: 1,
  },
  {
    name: 'Lambda cannot start the relay',
    door: [{ problem: 'relay-unavailable' }],
    calls: [
      {
        name: 'run',
        argv: TRIGGER,
        error: { kind: 'problem', code: 'relay-unavailable', outcomeUnknown: false, retrySafe: true },
      },
    ],
    requests: 1,
    runs: 0,
  },
  {
    name: 'no slot for the repeat of a keyed trigger: its outcome is still unknown',
    door: ['lose answer', ...BUSY_FOR_EVER],
    calls: [
      {
        name: 'run',
        argv: TRIGGER,
        idempotencyKey: '$ID',
        waitSeconds: 0.5,
        error: { kind: 'no response', outcomeUnknown: true },
      },
    ],
    requests: expect.toSatisfy((count: number) => count >= 2 && count <= 4) as never,
    runs: 1,
  },
  {
    name: 'waiting for a slot is not an attempt',
    door: [BUSY, 'lose answer', BUSY, 'lose answer', BUSY],
    calls: [{ ...RAN, idempotencyKey: '$ID' }],
    requests: 6,
    runs: 1,
  },
  {
    name: 'all slots are taken, and then one is free',
    environment: 'two',
    prepare: async (context) => {
      setThrottled(context, true);
      const before = countThrottled(context);
      const timer = setInterval(() => {
        if (countThrottled(context) > before + 1) setThrottled(context, false);
      }, 20);
      return () => clearInterval(timer);
    },
    calls: [{ ...RAN, value: { outcome: 'succeeded', queuedMs: expect.toSatisfy((ms: number) => ms > 50) } }],
    requests: 1,
    runs: 1,
  },
  {
    name: 'all slots are taken',
    environment: 'two',
    prepare: async (context) => {
      setThrottled(context, true);
      return () => setThrottled(context, false);
    },
    calls: [
      {
        ...GAVE_UP,
        waitSeconds: 0,
        error: { kind: 'problem', code: 'busy', detail: expect.stringContaining('Prefer: wait=SECONDS') },
      },
      {
        name: 'run state',
        dagId: 'daily_report',
        runId: '$ID',
        waitSeconds: 0,
        error: { kind: 'problem', code: 'busy' },
      },
      { name: 'explain', argv: ['version'], value: { allowed: true } },
    ],
    requests: 3,
    runs: 0,
  },
];
