import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runAirflow } from '../../../../client/airflow/run-airflow.ts';
import { PROBLEM_TYPES, toProblemTypeUrn } from '../../../../contract/problem-types.ts';
import { createRecordedTerminal } from '../../../create-recorded-terminal.ts';
import { NO_PROFILES } from '../no-profiles.ts';

/** The API returns this response to every request. */
let scriptedResponse = { status: 200, body: '' };
let server: Server;
beforeAll(async () => {
  server = createServer((_request, response) => response.writeHead(scriptedResponse.status).end(scriptedResponse.body));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
});
afterAll(() => server.close());

async function runAirflowWithApi(environment: Record<string, string> = {}) {
  const { terminal, written } = createRecordedTerminal({
    XDG_CONFIG_HOME: NO_PROFILES,
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

describe('airflow exits', () => {
  test.each<[outcome: string, exitCode: number]>([
    ['succeeded', 0],
    ['unverified', 0],
    ['failed', 1],
  ])("for the outcome %s with %i and prints Airflow's streams unchanged", async (outcome, exitCode) => {
    scriptedResponse = { status: 200, body: JSON.stringify({ outcome, stdout: 'rows\n', stderr: 'warning\n' }) };
    expect(await runAirflowWithApi()).toEqual({ exitCode, stdout: 'rows\n', stderr: 'warning\n' });
  });

  const exitCodes: Record<string, number> = {
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
  test.each(Object.entries(PROBLEM_TYPES))(
    'for the problem %s with its exit code and prints its detail',
    async (code, { status }) => {
      scriptedResponse = createProblem(toProblemTypeUrn(code as keyof typeof PROBLEM_TYPES), status, {
        stdout: 'out',
        stderr: 'err\n',
      });
      expect(await runAirflowWithApi()).toEqual({
        exitCode: exitCodes[code] ?? 69,
        stdout: 'out',
        // Airflow's own error output is not repeated.
        stderr: code === 'command-failed' ? 'err\n' : 'err\nairflow (proxy): What to do. (request r-1)\n',
      });
    },
  );

  test('with 1 for a failed command, and prints the detail if Airflow printed no error', async () => {
    scriptedResponse = createProblem(toProblemTypeUrn('command-failed'), 422);
    expect(await runAirflowWithApi()).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'airflow (proxy): What to do. (request r-1)\n',
    });
  });

  test("with 2, like argparse, for a usage error of Airflow's own parser", async () => {
    scriptedResponse = createProblem(toProblemTypeUrn('command-failed'), 422, {
      evidence: "argparse's usage error",
      stderr: 'usage\n',
    });
    expect(await runAirflowWithApi()).toMatchObject({ exitCode: 2, stderr: 'usage\n' });
  });

  test('with 69 for a response that is not from the proxy', async () => {
    scriptedResponse = { status: 502, body: '<html>' };
    expect(await runAirflowWithApi()).toMatchObject({
      exitCode: 69,
      stdout: '',
      stderr: expect.stringContaining('is not from the proxy'),
    });
  });

  test('with 69 for an address that cannot be reached', async () => {
    const { exitCode, stderr } = await runAirflowWithApi({ MWAA_CLI_PROXY_URL: 'http://127.0.0.1:1/v1' });
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 69, stderr: expect.stringContaining('cannot be reached') });
  });

  test.each([
    ['MWAA_CLI_PROXY_URL', 'nowhere'],
    ['MWAA_ENVIRONMENT', ''],
    ['AWS_REGION', ''],
  ])('with 78 for a missing or invalid setting: %s=%s', async (name, value) => {
    expect(await runAirflowWithApi({ [name]: value })).toMatchObject({
      exitCode: 78,
      stdout: '',
      stderr: expect.stringContaining(name),
    });
  });
});
