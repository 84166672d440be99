/** What a command gives back. */
import { expect } from 'vitest';
import type { Row } from '../row.ts';

const SUCCEEDED = { outcome: 'succeeded', environment: 'prod', airflowVersion: '2.10.3' };

/** A character outside the Basic Multilingual Plane, quotes, a line end, and what a shell would read. */
const HOSTILE_TEXT = 'größe 数 🎉 "q" \'s\' \\ \n$(x) `y` %20 &é';

export const COMMAND_ROWS: readonly Row[] = [
  {
    name: 'a command that reads',
    calls: [
      {
        name: 'run',
        argv: ['dags', 'list'],
        value: {
          ...SUCCEEDED,
          output: expect.arrayContaining([expect.objectContaining({ dag_id: 'daily_report' })]),
          notes: ['part-failed'],
        },
      },
    ],
    requests: 1,
  },
  {
    name: 'a command in the raw format',
    calls: [
      {
        name: 'run',
        argv: ['dags', 'list'],
        format: 'raw',
        value: { ...SUCCEEDED, output: null, stdout: expect.stringContaining('dag_id') },
      },
    ],
    requests: 1,
  },
  {
    name: 'an object in argv is sent as JSON text',
    calls: [
      {
        name: 'run',
        argv: ['dags', 'trigger', 'daily_report', '--conf', { row: '$ID', list: [1, 2.5, null, true] }],
        value: {
          ...SUCCEEDED,
          runId: expect.stringMatching(/^mwaa-cli-proxy__/),
          command: expect.arrayContaining([expect.stringContaining('"list":[1,2.5,null,true]')]),
        },
      },
    ],
    requests: 1,
    runs: 1,
  },
  {
    name: 'a number in argv',
    calls: [
      {
        name: 'run',
        argv: ['dags', 'list-jobs', '--limit', 1, '--state', 'failed'],
        value: { ...SUCCEEDED, command: expect.arrayContaining(['--limit=1']) },
      },
    ],
    requests: 1,
  },
  {
    name: 'unicode in argv and in the output',
    calls: [
      {
        name: 'run',
        argv: ['variables', 'get', 'größe'],
        value: { outcome: 'unverified', stdout: expect.stringMatching(/12 m² für Zürich\n$/) },
      },
    ],
    requests: 1,
  },
  {
    name: 'quotes, line ends and emoji reach Airflow unchanged',
    calls: [
      {
        name: 'run',
        argv: ['dags', 'trigger', 'daily_report', '--conf', { row: '$ID', text: HOSTILE_TEXT }],
        value: SUCCEEDED,
      },
    ],
    requests: 1,
    runs: 1,
    check: ({ listCommands }) =>
      expect(listCommands().join()).toContain(
        String.raw`gr\u00f6\u00dfe \u6570 \ud83c\udf89 \"q\" \u0027s\u0027 \\ \n\u0024(x) \u0060y\u0060 %20 &\u00e9`,
      ),
  },
  {
    name: 'half of a surrogate pair is not sent to Airflow',
    calls: [
      {
        name: 'run',
        argv: ['dags', 'trigger', 'daily_report', '--conf', '{"row":"$ID","half":"\ud83c"}'],
        error: { kind: 'problem', code: 'invalid-command' },
      },
    ],
    requests: 1,
    runs: 0,
  },
  {
    name: 'an answer of 6 MB',
    calls: [
      {
        name: 'run',
        argv: ['variables', 'get', 'bytes-6000000'],
        value: { outcome: 'unverified', stdout: expect.toSatisfy((text: string) => text.length > 6_000_000) },
      },
    ],
    requests: 1,
  },
  {
    name: 'an answer that is too large',
    calls: [
      {
        name: 'run',
        argv: ['variables', 'get', 'bytes-7000000'],
        error: { kind: 'problem', code: 'answer-too-large', retrySafe: true, outcomeUnknown: false },
      },
    ],
    requests: 1,
  },
  {
    name: 'a command that fails',
    calls: [
      {
        name: 'run',
        argv: ['tasks', 'list', 'no_such_dag'],
        error: {
          kind: 'problem',
          code: 'command-failed',
          status: 422,
          outcomeUnknown: false,
          problem: expect.objectContaining({
            stdout: expect.any(String),
            stderr: expect.stringContaining('no_such_dag'),
            evidence: expect.any(String),
          }),
        },
      },
    ],
    requests: 1,
  },
  {
    name: "a command that Airflow's parser rejects",
    calls: [
      {
        name: 'run',
        argv: ['dags', 'list-runs', '--dag-id', 'daily_report', '--state', 'nonsense'],
        error: { kind: 'problem', code: 'invalid-command', retrySafe: true },
      },
    ],
    requests: 1,
  },
  {
    name: 'exit code 1 as a regular result',
    calls: [
      {
        name: 'run',
        argv: ['dags', 'list-import-errors'],
        value: { outcome: 'failed', notes: ['exit-status-misleads'], output: expect.any(Array) },
      },
    ],
    requests: 1,
  },
  {
    name: 'a command that is not granted',
    calls: [
      {
        name: 'run',
        argv: ['dags', 'delete', 'daily_report', '--yes'],
        error: {
          kind: 'problem',
          code: 'not-granted',
          status: 403,
          retrySafe: true,
          outcomeUnknown: false,
          detail: expect.stringContaining('dags delete'),
        },
      },
    ],
    requests: 1,
  },
  {
    name: 'a command that does not exist',
    calls: [
      {
        name: 'run',
        argv: ['dags', 'lisst'],
        error: { kind: 'problem', code: 'invalid-command', detail: expect.stringContaining('dags list') },
      },
    ],
    requests: 1,
  },
  {
    name: 'no command',
    calls: [{ name: 'run', argv: [], error: { kind: 'problem', code: 'invalid-command' } }],
    requests: 1,
  },
  {
    name: 'an environment that does not exist',
    client: ({ url, stack, credentials }) => ({ url, environment: 'größe/7', region: stack.region, credentials }),
    calls: [
      {
        name: 'run',
        argv: ['version'],
        error: {
          kind: 'problem',
          code: 'not-found',
          status: 404,
          problem: expect.objectContaining({ environments: ['flaky', 'prod', 'two'] }),
        },
      },
    ],
    requests: 1,
    check: ({ door }) => expect(door.requests[0]!.path).toMatch(/\/environments\/gr%C3%B6%C3%9Fe%2F7\/cli$/),
  },
  {
    name: 'a slash at the end of the URL',
    client: ({ url, stack, credentials, environment }) => ({
      url: `${url}//`,
      environment,
      region: stack.region,
      credentials,
    }),
    calls: [{ name: 'run', argv: ['version'], value: SUCCEEDED }],
    requests: 1,
    check: ({ door }) => expect(door.requests[0]!.path).not.toContain('//'),
  },
];
