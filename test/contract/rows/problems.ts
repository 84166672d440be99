/** Problems of the API: which ones a client repeats, and what it raises in the end. */
import { expect } from 'vitest';
import type { ProblemCode } from '../../../contract/problem-types.ts';
import type { DoorStep } from '../door.ts';
import type { LibraryCall, Row } from '../row.ts';

const TRIGGER = ['dags', 'trigger', 'daily_report', '--conf', { row: '$ID' }];
const problem = (code: ProblemCode, retryAfter?: number): DoorStep => ({
  problem: code,
  ...(retryAfter === undefined ? {} : { retryAfter }),
});

const READ: LibraryCall = { name: 'run', argv: ['version'], value: { outcome: 'succeeded' } };
const KEYED: LibraryCall = { name: 'run', argv: TRIGGER, idempotencyKey: '$ID', value: { outcome: 'succeeded' } };
const PLAIN: LibraryCall = { name: 'run', argv: TRIGGER, value: { outcome: 'succeeded' } };

interface Raised {
  readonly code: ProblemCode;
  readonly outcomeUnknown: boolean;
  readonly retrySafe: boolean;
}

const raise = ({ value: _, ...call }: LibraryCall & { value: unknown }, raised: Raised): LibraryCall => ({
  ...call,
  error: { kind: 'problem', ...raised },
});
const read = (raised: Raised) => raise(READ as never, raised);
const keyed = (raised: Raised) => raise(KEYED as never, raised);
const plain = (raised: Raised) => raise(PLAIN as never, raised);

export const PROBLEM_ROWS: readonly Row[] = [
  {
    name: 'a read is repeated after an unknown outcome',
    door: [problem('outcome-unknown'), problem('gateway-timeout'), problem('gateway-error')],
    calls: [READ],
    requests: 4,
  },
  {
    name: 'a read is repeated after a failure of the relay or the web server',
    door: [problem('relay-failed'), problem('airflow-error'), problem('airflow-timeout')],
    calls: [READ],
    requests: 4,
  },
  {
    name: 'a read is repeated after a failure of the function',
    door: [problem('internal-error')],
    calls: [READ],
    requests: 2,
  },
  {
    name: 'a read is repeated three times at most',
    door: Array.from({ length: 9 }, () => problem('internal-error')),
    calls: [read({ code: 'internal-error', outcomeUnknown: false, retrySafe: true })],
    requests: 4,
  },
  {
    name: 'a read whose outcome is unclear is not repeated',
    door: [problem('outcome-unclear')],
    calls: [read({ code: 'outcome-unclear', outcomeUnknown: false, retrySafe: false })],
    requests: 1,
  },
  {
    name: 'a trigger is not repeated after an unknown outcome',
    door: [problem('outcome-unknown')],
    calls: [plain({ code: 'outcome-unknown', outcomeUnknown: true, retrySafe: false })],
    requests: 1,
    runs: 0,
  },
  {
    name: 'a trigger is not repeated after a failure of the function',
    door: [problem('internal-error')],
    calls: [plain({ code: 'internal-error', outcomeUnknown: false, retrySafe: false })],
    requests: 1,
    runs: 0,
  },
  {
    name: 'a trigger is not repeated after a timeout of the API',
    door: [problem('gateway-timeout')],
    calls: [plain({ code: 'gateway-timeout', outcomeUnknown: true, retrySafe: false })],
    requests: 1,
    runs: 0,
  },
  {
    name: 'a keyed trigger is repeated after an unknown or unclear outcome',
    door: [problem('outcome-unknown'), problem('outcome-unclear'), problem('gateway-error')],
    calls: [KEYED],
    requests: 4,
    runs: 1,
  },
  {
    name: 'a keyed trigger is not repeated after a failure of the relay',
    door: [problem('relay-failed')],
    calls: [keyed({ code: 'relay-failed', outcomeUnknown: false, retrySafe: true })],
    requests: 1,
  },
  {
    name: 'a reused key is final, also after an unknown outcome',
    door: [problem('outcome-unknown'), problem('key-reused')],
    calls: [keyed({ code: 'key-reused', outcomeUnknown: false, retrySafe: true })],
    requests: 2,
  },
  {
    name: 'a failed command is final, also after an unknown outcome',
    door: [problem('gateway-timeout'), problem('command-failed')],
    calls: [keyed({ code: 'command-failed', outcomeUnknown: false, retrySafe: true })],
    requests: 2,
  },
  {
    name: 'a later attempt that did not run says nothing about an earlier one',
    door: [problem('outcome-unknown'), problem('not-granted')],
    calls: [keyed({ code: 'outcome-unknown', outcomeUnknown: true, retrySafe: true })],
    requests: 2,
  },
  {
    name: 'a later refused token says nothing about an earlier lost answer',
    door: ['lose answer', problem('not-authenticated')],
    calls: [
      {
        name: 'run',
        argv: TRIGGER,
        idempotencyKey: '$ID',
        error: { kind: 'no response', requestSent: true, outcomeUnknown: true },
      },
    ],
    requests: 2,
    runs: 1,
  },
  {
    name: 'a trigger that certainly did not run is sent again if that helps soon',
    door: [problem('token-throttled', 1), problem('logical-date-collision', 1)],
    calls: [PLAIN],
    requests: 3,
    runs: 1,
  },
  {
    name: 'a Retry-After of zero',
    door: [problem('airflow-busy', 0), problem('airflow-busy', 0), problem('airflow-busy', 0)],
    calls: [PLAIN],
    requests: 4,
    runs: 1,
  },
  {
    name: 'a problem that lasts longer is not waited for',
    door: [problem('environment-not-available', 60)],
    calls: [plain({ code: 'environment-not-available', outcomeUnknown: false, retrySafe: true })],
    requests: 1,
  },
  {
    name: 'a Retry-After that is a date is not waited for',
    door: [{ ...{ problem: 'airflow-busy' }, data: {}, retryAfter: 'Wed, 21 Oct 2026 07:28:00 GMT' as never }],
    calls: [plain({ code: 'airflow-busy', outcomeUnknown: false, retrySafe: true })],
    requests: 1,
  },
  {
    name: 'a problem that is safe, and says no time, is not repeated',
    door: [problem('airflow-unreachable')],
    calls: [read({ code: 'airflow-unreachable', outcomeUnknown: false, retrySafe: true })],
    requests: 1,
  },
  {
    name: 'a failed command is not repeated',
    door: [
      { problem: 'command-failed', data: { stdout: 'größe\n', stderr: 'Traceback', evidence: 'played', runId: 'r' } },
    ],
    calls: [
      {
        ...read({ code: 'command-failed', outcomeUnknown: false, retrySafe: false }),
        error: {
          kind: 'problem',
          code: 'command-failed',
          runId: 'r',
          problem: expect.objectContaining({ stdout: 'größe\n', stderr: 'Traceback' }),
        },
      },
    ],
    requests: 1,
  },
  {
    name: 'a problem that this client does not know',
    door: [
      {
        status: 418,
        headers: { 'content-type': 'application/problem+json' },
        body: JSON.stringify({
          type: 'urn:mwaa-cli-proxy:problem:something-new',
          title: 'New',
          status: 418,
          detail: 'New.',
          more: [1],
        }),
      },
    ],
    calls: [
      {
        name: 'run',
        argv: ['version'],
        error: {
          kind: 'problem',
          code: 'something-new',
          status: 418,
          retrySafe: null,
          outcomeUnknown: false,
          problem: expect.objectContaining({ more: [1] }),
        },
      },
    ],
    requests: 1,
  },
];
