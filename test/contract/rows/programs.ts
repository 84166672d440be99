/**
 * The console programs: `airflow` and `mwaa wait`, and their equals of the Python package. `test/local/console-programs.test.ts` compares
 * what they print for many commands; here are the rows in which answers are lost, late or replaced.
 */
import { expect } from 'vitest';
import type { DoorStep } from '../door.ts';
import { PLAYED_RUN } from '../played-airflow.ts';
import type { ProgramCall, Row } from '../row.ts';

const TRIGGER = ['dags', 'trigger', 'daily_report', '--conf', '{"row": "$ID"}'];
const CHECK = 'The command may have run: check in Airflow before you send it again.';
const html = (status: number): DoorStep => ({
  status,
  headers: { 'content-type': 'text/html' },
  body: '<html></html>',
});
const foreign = (status: number) =>
  `The response (HTTP ${status}) is not from the proxy. Check that MWAA_CLI_PROXY_URL is the address of its API.`;
const BUSY: DoorStep = { problem: 'busy', retryAfter: 5 };

interface Printed {
  readonly exitCode: number;
  readonly stdout?: unknown;
  readonly stderr?: unknown;
}

const row = (
  name: string,
  call: Omit<ProgramCall, 'name' | 'value'>,
  { stdout = '', stderr = '', exitCode }: Printed,
  rest: Omit<Row, 'name' | 'calls'>,
): Row => ({
  name,
  clients: ['TypeScript', 'Python'],
  ...rest,
  calls: [{ name: 'program', ...call, value: { exitCode, stdout, stderr } }],
});

const airflow = (...argv: string[]) => ({ program: 'airflow', argv }) as const;
const wait = (...argv: string[]) => ({ program: 'wait', argv: ['--interval', '1s', ...argv] }) as const;

export const PROGRAM_ROWS: readonly Row[] = [
  row(
    'airflow: a read whose answer is lost',
    airflow('version'),
    { exitCode: 0, stdout: '2.10.3\n', stderr: expect.any(String) },
    { door: ['lose answer'], requests: 2 },
  ),
  row(
    'airflow: a trigger whose answer is lost',
    airflow(...TRIGGER),
    {
      exitCode: 3,
      stderr: expect.stringMatching(
        /^airflow \(proxy\): The connection was lost \(.+\)\. The command may have run: check in Airflow before you send it again\.\n$/,
      ),
    },
    { door: ['lose answer'], requests: 1, runs: 1 },
  ),
  row(
    'airflow: a trigger that gets an answer of another server',
    airflow(...TRIGGER),
    { exitCode: 3, stderr: `airflow (proxy): ${foreign(502)} ${CHECK}\n` },
    { door: [html(502)], requests: 1, runs: 0 },
  ),
  row(
    'airflow: a read that gets an answer of another server',
    airflow('version'),
    { exitCode: 69, stderr: `airflow (proxy): ${foreign(200)}\n` },
    { door: [html(200)], requests: 1 },
  ),
  row(
    'airflow: an unknown outcome',
    airflow(...TRIGGER),
    { exitCode: 3, stderr: 'airflow (proxy): Played: outcome-unknown. (request played)\n' },
    { door: [{ problem: 'outcome-unknown' }], requests: 1 },
  ),
  row(
    'airflow: no free slot, and --no-wait',
    airflow('--no-wait', 'version'),
    {
      exitCode: 75,
      stderr:
        'airflow (proxy): Wait, or try without --no-wait, or with a larger MWAA_CLI_PROXY_WAIT. (request played)\n',
    },
    {
      door: [
        {
          status: 503,
          headers: { 'content-type': 'application/problem+json', 'retry-after': '5' },
          body: JSON.stringify({
            type: 'urn:mwaa-cli-proxy:problem:busy',
            title: 'Busy',
            status: 503,
            detail: 'Wait, or try or with the header Prefer: wait=SECONDS if it may wait longer.',
            requestId: 'played',
            retrySafe: true,
          }),
        },
      ],
      requests: 1,
    },
  ),
  row(
    'airflow: a token command that fails',
    { ...airflow('version'), variables: { MWAA_CLI_PROXY_TOKEN_COMMAND: 'echo no login >&2; exit 3' } },
    {
      exitCode: 78,
      stderr: expect.stringMatching(
        /^airflow \(proxy\): The token command \(MWAA_CLI_PROXY_TOKEN_COMMAND\) failed: .*no login\n$/s,
      ),
    },
    { requests: 0 },
  ),
  row(
    'airflow: Ctrl-C while it waits for a slot',
    { ...airflow(...TRIGGER), interruptAfterRequests: 1 },
    { exitCode: 130, stderr: 'airflow (proxy): interrupted while waiting for a free slot. The command did not run.\n' },
    { door: [BUSY, BUSY, BUSY], requests: 1, runs: 0 },
  ),
  row(
    'airflow: Ctrl-C while a request is on its way',
    { ...airflow(...TRIGGER), interruptAfterRequests: 1 },
    {
      exitCode: 130,
      stderr: 'airflow (proxy): interrupted. The command may still run: check in Airflow before you send it again.\n',
    },
    { door: ['hang'], requests: 1 },
  ),
  row(
    'wait: a run that succeeds, with lost answers',
    wait('daily_report', `${PLAYED_RUN}running.running.success--$ID`),
    {
      exitCode: 0,
      stdout: expect.stringMatching(
        /^played--running\.running\.success--r\d+x of daily_report: success after \d+s\.\n$/,
      ),
      stderr: expect.stringMatching(/^played--.* of daily_report: running \(after \d+s\)\n$/),
    },
    { door: ['lose answer', 'lose request'], requests: 4 },
  ),
  row(
    'wait: a run that does not exist',
    wait('daily_report', 'missing-$ID'),
    {
      exitCode: 66,
      stderr: expect.stringMatching(/^mwaa wait: There is no run missing-r\d+x of DAG daily_report\.\n$/),
    },
    { requests: 1 },
  ),
  row(
    'wait: a run that is not finished in time',
    wait('--timeout', '4s', 'daily_report', '$ID'),
    {
      exitCode: 124,
      stderr: expect.stringMatching(
        /^\S+ of daily_report: running \(after \d+s\)\nmwaa wait: \S+ of daily_report: not finished after 4s, last state: running\. The run continues\.\nmwaa wait: To keep waiting: mwaa wait --environment prod -- daily_report r\d+x\n$/,
      ),
    },
    {
      door: Array.from({ length: 9 }, () => ({ status: 200, body: '{"state":"running"}' })),
      requests: expect.any(Number) as never,
    },
  ),
  row(
    'wait: Ctrl-C',
    { ...wait('daily_report', '$ID'), interruptAfterRequests: 1 },
    {
      exitCode: 130,
      stderr: expect.stringMatching(
        /^\S+ of daily_report: running \(after \d+s\)\nmwaa wait: interrupted\.\nmwaa wait: The run continues\. To keep waiting: mwaa wait --environment prod -- daily_report r\d+x\n$/,
      ),
    },
    {
      door: Array.from({ length: 9 }, () => ({ status: 200, body: '{"state":"running"}' })),
      requests: expect.any(Number) as never,
    },
  ),
];
