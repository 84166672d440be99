/** The state of a run, and waiting for its end. */
import { expect } from 'vitest';
import type { DoorStep } from '../door.ts';
import { PLAYED_RUN } from '../played-airflow.ts';
import type { CallArguments } from '../protocol.ts';
import type { Expected, LibraryCall, Row } from '../row.ts';

const DAG = { dagId: 'daily_report' };
/** A run whose look-ups show these states. */
const played = (...states: string[]) => `${PLAYED_RUN}${states.join('.')}--$ID`;
const html502: DoorStep = { status: 502, headers: { 'content-type': 'text/html' }, body: '<html></html>' };

const wait = (states: string[], rest: CallArguments & Expected): LibraryCall => ({
  name: 'wait',
  ...DAG,
  runId: played(...states),
  ...rest,
});

export const RUN_ROWS: readonly Row[] = [
  {
    name: 'the state of a run',
    calls: [
      {
        name: 'run state',
        ...DAG,
        runId: played('running'),
        value: {
          ...DAG,
          runId: expect.stringContaining(PLAYED_RUN),
          state: 'running',
          logicalDate: expect.stringMatching(/^2026-01-01T/),
          startedAt: expect.any(String),
        },
      },
      { name: 'run state', ...DAG, runId: played('success'), value: { state: 'success', endedAt: expect.any(String) } },
    ],
    requests: 2,
  },
  {
    name: 'the state of a run with unicode in its ids',
    calls: [
      {
        name: 'run state',
        ...DAG,
        runId: `${PLAYED_RUN}queued--größe +&=%20/🎉'"--$ID`,
        value: { runId: expect.stringContaining(`größe +&=%20/🎉'"`), state: 'queued' },
      },
    ],
    requests: 1,
    check: ({ door }) => expect(door.requests[0]!.path).toContain('gr%C3%B6%C3%9Fe%20%2B%26%3D%2520%2F%F0%9F%8E%89'),
  },
  {
    name: 'a run that does not exist',
    calls: [
      {
        name: 'run state',
        ...DAG,
        runId: 'missing-$ID',
        error: { kind: 'problem', code: 'run-not-found', status: 404, retrySafe: true, outcomeUnknown: false },
      },
      { name: 'wait', ...DAG, runId: 'missing-$ID', error: { kind: 'problem', code: 'run-not-found' }, events: [] },
    ],
    requests: 2,
  },
  {
    name: 'the state of a run of a DAG with an invalid id',
    calls: [
      {
        name: 'run state',
        dagId: '',
        runId: 'r',
        error: { kind: 'problem', code: expect.stringMatching(/^(malformed-request|invalid-command)$/) },
      },
    ],
    requests: 1,
  },
  {
    name: 'a run that succeeds',
    calls: [wait(['queued', 'running', 'success'], { value: { state: 'success' }, events: ['queued', 'running'] })],
    requests: 3,
  },
  {
    name: 'a run that fails',
    calls: [wait(['running', 'failed'], { value: { state: 'failed' }, events: ['running'] })],
    requests: 2,
  },
  {
    name: 'a run that has ended already',
    calls: [wait(['success'], { value: { state: 'success' }, events: [] })],
    requests: 1,
  },
  {
    name: 'a run that appears later',
    calls: [
      wait(['none', 'none', 'running', 'success'], {
        appearanceTimeoutSeconds: 30,
        value: { state: 'success' },
        events: ['running'],
      }),
    ],
    requests: 4,
  },
  {
    name: 'a run that is deleted while somebody waits',
    calls: [
      wait(['running', 'gone'], {
        appearanceTimeoutSeconds: 30,
        error: { kind: 'problem', code: 'run-not-found' },
        events: ['running'],
      }),
    ],
    requests: 2,
  },
  {
    name: 'a run that does not end in time',
    door: Array.from({ length: 99 }, () => ({ status: 200, body: '{"state":"running"}' })),
    calls: [
      {
        ...wait(['running'], {
          timeoutSeconds: 4,
          intervalSeconds: 0.1,
          error: { kind: 'timeout', state: 'running' },
        }),
        error: {
          kind: 'timeout',
          state: 'running',
          detail: expect.stringMatching(
            /^Run played--running--r\d+x has not finished after 4 s\. Its last state is running\.$/,
          ),
        },
      },
    ],
    requests: expect.toSatisfy((count: number) => count >= 2) as never,
  },
  {
    name: 'a run whose state arrives slowly and never completely',
    door: ['drip'],
    calls: [
      wait(['running'], {
        timeoutSeconds: 0.7,
        error: { kind: 'timeout', state: null, detail: expect.stringMatching(/Its last state is unknown\.$/) },
      }),
    ],
    requests: 1,
  },
  {
    name: 'a run whose state cannot be read in time',
    door: Array.from({ length: 99 }, () => ({ problem: 'airflow-unreachable' }) as const),
    calls: [
      wait(['running'], {
        timeoutSeconds: 0.7,
        error: { kind: 'timeout', state: null, detail: expect.stringMatching(/Its last state is unknown\.$/) },
      }),
    ],
    requests: expect.toSatisfy((count: number) => count >= 1) as never,
  },
  {
    name: 'errors that go away while the run continues',
    door: [
      { problem: 'airflow-unreachable' },
      { problem: 'command-failed' },
      { problem: 'outcome-unclear' },
      { problem: 'environment-not-available', retryAfter: 60 },
    ],
    calls: [
      wait(['running', 'success'], {
        value: { state: 'success' },
        events: ['transient error', 'transient error', 'transient error', 'transient error', 'running'],
      }),
    ],
    requests: 6,
  },
  {
    name: 'lost answers while the run continues',
    door: ['lose answer', 'lose request', 'lose answer', 'lose answer', html502, html502, html502, html502],
    calls: [wait(['success'], { value: { state: 'success' }, events: ['transient error', 'transient error'] })],
    requests: 9,
  },
  {
    name: 'a slot that is not free while the run continues',
    door: [
      { problem: 'busy', retryAfter: 0 },
      { problem: 'throttled', retryAfter: 0 },
    ],
    calls: [wait(['success'], { value: { state: 'success' }, events: [] })],
    requests: 3,
  },
  ...(
    [
      'not-granted',
      'answer-too-large',
      'not-authenticated',
      'not-found',
      'malformed-request',
      'caller-refused',
    ] as const
  ).map(
    (code): Row => ({
      name: `waiting ends with ${code}`,
      door: [{ problem: code }],
      calls: [wait(['running'], { error: { kind: 'problem', code, outcomeUnknown: false }, events: [] })],
      requests: 1,
    }),
  ),
  {
    name: 'waiting ends with an answer that is not from the proxy',
    door: [{ status: 404, body: '<html></html>' }],
    calls: [wait(['running'], { error: { kind: 'problem', code: 'blank', status: 404 }, events: [] })],
    requests: 1,
  },
  {
    name: 'waiting is canceled',
    clients: ['TypeScript', 'Python async'],
    calls: [{ ...wait(['running'], { intervalSeconds: 0.2, error: { kind: 'canceled' } }), cancelAfterMs: 1500 }],
    requests: expect.toSatisfy((count: number) => count >= 1) as never,
  },
];
