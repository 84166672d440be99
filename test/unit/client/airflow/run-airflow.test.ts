import { mkdtempSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runAirflow } from '../../../../client/airflow/run-airflow.ts';
import { PROBLEM_TYPES, toProblemTypeUrn } from '../../../../contract/problem-types.ts';
import { createRecordedTerminal } from '../../../create-recorded-terminal.ts';

/** An API that answers everything alike. */
let scriptedResponse = { status: 200, body: '' };
const noFiles = mkdtempSync(join(tmpdir(), 'no-profiles-'));
let server: Server;
beforeAll(async () => {
  server = createServer((_request, response) => response.writeHead(scriptedResponse.status).end(scriptedResponse.body));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
});
afterAll(() => server.close());

async function runAirflowWithApi(environment: Record<string, string> = {}) {
  const { terminal, written } = createRecordedTerminal({
    // No profiles of whoever runs this, and no instance to ask for credentials.
    XDG_CONFIG_HOME: noFiles,
    MWAA_CLI_PROXY_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    MWAA_ENVIRONMENT: 'prod',
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    ...environment,
  });
  return { exitCode: await runAirflow(['dags', 'list'], terminal), ...written };
}

const createProblem = (type: string, status: number, more = {}) => ({
  status,
  body: JSON.stringify({ type, title: 'T', status, detail: 'What to do.', requestId: 'r-1', ...more }),
});

describe('the exit code', () => {
  test.each<[outcome: string, exitCode: number]>([
    ['succeeded', 0],
    ['unverified', 0],
    ['failed', 1],
  ])("of an answer that is %s: %i, and Airflow's own streams", async (outcome, exitCode) => {
    scriptedResponse = { status: 200, body: JSON.stringify({ outcome, stdout: 'rows\n', stderr: 'warning\n' }) };
    expect(await runAirflowWithApi()).toEqual({ exitCode, stdout: 'rows\n', stderr: 'warning\n' });
  });

  const others: Record<string, number> = {
    'malformed-request': 2,
    'invalid-command': 2,
    'not-signed': 77,
    'not-authenticated': 77,
    'caller-refused': 77,
    'not-granted': 77,
    'command-refused': 77,
    'command-failed': 1,
    'logical-date-collision': 1,
    'outcome-unclear': 3,
    'outcome-unknown': 3,
    'gateway-error': 3,
    'gateway-timeout': 3,
  };
  test.each(Object.entries(PROBLEM_TYPES))('of the problem %s', async (code, { status }) => {
    scriptedResponse = createProblem(toProblemTypeUrn(code as keyof typeof PROBLEM_TYPES), status, {
      stdout: 'out',
      stderr: 'err\n',
    });
    expect(await runAirflowWithApi()).toEqual({
      exitCode: others[code] ?? 69,
      stdout: 'out',
      // What Airflow has said itself is not said twice.
      stderr: code === 'command-failed' ? 'err\n' : 'err\nairflow (proxy): What to do. (request r-1)\n',
    });
  });

  test('of a failure of which Airflow says nothing is 1, and we do', async () => {
    scriptedResponse = createProblem(toProblemTypeUrn('command-failed'), 422);
    expect(await runAirflowWithApi()).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'airflow (proxy): What to do. (request r-1)\n',
    });
  });

  test("of what Airflow's own parser refuses is its own, 2", async () => {
    scriptedResponse = createProblem(toProblemTypeUrn('command-failed'), 422, {
      evidence: "argparse's usage error",
      stderr: 'usage\n',
    });
    expect(await runAirflowWithApi()).toMatchObject({ exitCode: 2, stderr: 'usage\n' });
  });

  test('of what is no problem of ours is 69', async () => {
    scriptedResponse = { status: 502, body: '<html>' };
    expect(await runAirflowWithApi()).toMatchObject({
      exitCode: 69,
      stdout: '',
      stderr: expect.stringContaining('not the proxy'),
    });
  });

  test('of an address that cannot be reached is 69', async () => {
    const { exitCode, stderr } = await runAirflowWithApi({ MWAA_CLI_PROXY_URL: 'http://127.0.0.1:1/v1' });
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 69, stderr: expect.stringContaining('cannot be reached') });
  });

  test.each([
    ['MWAA_CLI_PROXY_URL', 'nowhere'],
    ['MWAA_ENVIRONMENT', ''],
    ['AWS_REGION', ''],
  ])('of a setting that is missing or wrong, %s=%s, is 78', async (name, value) => {
    expect(await runAirflowWithApi({ [name]: value })).toMatchObject({
      exitCode: 78,
      stdout: '',
      stderr: expect.stringContaining(name),
    });
  });
});
