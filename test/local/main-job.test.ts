import { execFile, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runAirflow } from '../../client/airflow/run-airflow.ts';
import { signedFetch } from '../../client/library/signed-fetch.ts';
import { createClientVariables, formatCurlCommand } from '../../local/call-instructions.ts';
import type { Principal } from '../../local/iam/principal-store.ts';
import { type LocalStack, startLocalStack } from '../../local/local-stack.ts';
import { createRecordedTerminal } from '../create-recorded-terminal.ts';

const run = promisify(execFile);

const CONFIG = fileURLToPath(new URL('../../config/example.yaml', import.meta.url));

/** Characters and values that incorrect quoting usually breaks. */
const CONF = { note: `it's "$HOME" \`x\` \\ ! für Zürich 東京 🎈`, n: 1.5, list: [1, null], nested: { 'a b': '' } };

interface CliResponseBody {
  status: number;
  body: Record<string, unknown> & { output?: Record<string, unknown>[] };
}

describe.each([
  { release: '2.10.3', environment: 'analytics-prod', listRuns: (dag: string) => `dags list-runs --dag-id ${dag}` },
  { release: '3.3.1', environment: 'analytics-next', listRuns: (dag: string) => `dags list-runs ${dag}` },
])('Airflow $release behind the deployed template', ({ release, environment, listRuns }) => {
  let stack: LocalStack;
  let engineer: Principal;
  let home: string | undefined;
  const responses: string[] = [];

  beforeAll(async () => {
    stack = await startLocalStack({ configFile: CONFIG, environments: [environment], onProgress: console.error });
    engineer = stack.createCaller('data-engineer', 'jo');
    home = stack.environments[0]?.home?.folder;
    if (home === undefined)
      console.error(
        `SKIPPED: Airflow ${release}, because it is not available. The tests use recorded responses instead.`,
      );
  });
  afterAll(() => stack?.close());

  const address = () => new URL(`${stack.url}/environments/${environment}/cli`);

  async function post(body: object, caller: Principal = engineer): Promise<CliResponseBody> {
    const response = await signedFetch(address(), JSON.stringify(body), caller, stack.region);
    const text = await response.text();
    responses.push(text);
    return { status: response.status, body: JSON.parse(text) };
  }

  /** Returns the requests that the stand-in for MWAA got since the previous call, and empties its journal. */
  function takeJournal() {
    return stack.mwaa.journal.splice(0);
  }

  test("curl --aws-sigv4 triggers a run, and the configuration of the run reaches Airflow's database unchanged", async () => {
    const body = JSON.stringify({ argv: ['dags', 'trigger', 'daily_report', '--conf', CONF] }).replaceAll("'", `'\\''`);
    const { stdout } = await run('sh', ['-c', formatCurlCommand(stack.url, stack.region, environment, engineer, body)]);
    const answer = JSON.parse(stdout);
    expect(answer).toMatchObject({ environment, airflowVersion: release, outcome: 'succeeded' });

    const listed = await post({ command: listRuns('daily_report') });
    expect(listed).toMatchObject({ status: 200, body: { outcome: 'succeeded' } });
    expect(listed.body.output?.map((row) => row.run_id)).toContain(answer.runId);

    if (home !== undefined) expect(await readStoredConf(stack, answer.runId)).toEqual(CONF);
  });

  test('a request that is signed by botocore succeeds', async ({ skip }) => {
    const python = stack.environments[0]?.home?.environment.PATH?.split(':')[0];
    if (python === undefined) return skip('There is no botocore, because it is installed with Airflow.');
    const { stdout } = await run(`${python}/python`, [
      '-c',
      BOTOCORE,
      address().href,
      stack.region,
      JSON.stringify(engineer),
    ]);
    expect(JSON.parse(stdout)).toMatchObject({
      outcome: 'succeeded',
      output: null,
      stdout: expect.stringContaining(release),
    });
  });

  test('a request with an invalid signature is rejected before MWAA gets a request', async () => {
    takeJournal();
    const wrongKey = { ...engineer, secretAccessKey: `x${engineer.secretAccessKey}` };
    expect(await post({ command: 'version' }, wrongKey)).toMatchObject({
      status: 403,
      body: { type: expect.stringContaining('not-signed') },
    });

    const granted = '{"command":"dags list"}';
    const signed = await sign(granted, new Date());
    for (const [headers, body] of [
      [signed, '{"command":"dags pause daily_report"}'],
      [{ ...signed, 'content-type': 'text/plain' }, granted],
      [{ ...signed, 'x-amz-security-token': 'x' }, granted],
      [await sign(granted, new Date(Date.now() - 6 * 60_000)), granted],
      [await sign(granted, new Date(Date.now() + 6 * 60_000)), granted],
      [{}, granted],
    ] as const) {
      const response = await fetch(address(), { method: 'POST', headers, body });
      expect(response.status).toBe(403);
      expect(await response.json()).toMatchObject({
        type: expect.stringMatching(/not-signed|gateway-refused/),
        retrySafe: true,
      });
    }
    const elsewhere = new URL(address().href.replace(environment, `${environment}2`));
    expect((await fetch(elsewhere, { method: 'POST', headers: signed, body: granted })).status).toBe(403);
    expect(takeJournal()).toEqual([]);
  });

  test('a command that is not granted returns 403 with the granted rules, and does not reach MWAA', async () => {
    takeJournal();
    const { status, body } = await post({ command: 'dags delete daily_report' });
    expect({ status, body }).toMatchObject({
      status: 403,
      body: {
        type: 'urn:mwaa-cli-proxy:problem:not-granted',
        detail: expect.stringContaining('@operate'),
        granted: expect.arrayContaining(['@read', '@operate']),
        retrySafe: true,
      },
    });
    expect(takeJournal()).toEqual([]);
  });

  test('a caller can trigger only the DAGs that its grant names', async () => {
    const reporting = stack.createCaller('reporting-nightly', 'data-engineer');
    // Elsewhere, the caller has no grant at all, so the environment does not exist for it.
    const hasGrant = environment === 'analytics-prod';
    const refused = { status: hasGrant ? 403 : 404 };
    takeJournal();
    expect(await post({ command: 'dags trigger daily_report' }, reporting)).toMatchObject(refused);
    expect(await post({ command: 'dags list' }, reporting)).toMatchObject(refused);
    expect(takeJournal()).toEqual([]);
    const own = await post({ command: 'dags trigger reporting_daily' }, reporting);
    expect(own).toMatchObject(hasGrant ? { status: 200 } : { status: 404, body: { environments: ['analytics-prod'] } });
  });

  test('a command that fails in Airflow returns 422 with both streams, and the client exits with 1', async () => {
    const { status, body } = await post({ command: 'dags trigger no_such_dag' });
    expect({ status, body }).toMatchObject({
      status: 422,
      body: {
        type: 'urn:mwaa-cli-proxy:problem:command-failed',
        stdout: expect.any(String),
        stderr: expect.stringContaining('DagNotFound'),
        detail: expect.stringContaining('no_such_dag'),
        outcome: 'failed',
      },
    });
    const client = await runClient(['dags', 'trigger', 'no_such_dag']);
    expect(client).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('DagNotFound') });
  });

  test("the client prints only Airflow's standard output to its own", async () => {
    expect(await runClient(['version'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(new RegExp(`${release}\n$`)),
    });
    expect(await runClient(['dags', 'delete', 'daily_report'])).toMatchObject({
      exitCode: 77,
      stdout: '',
      stderr: expect.stringContaining('not granted'),
    });
    expect(await runClient(['dags', 'lst'])).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining('"dags list"'),
    });
  });

  test.each<[body: object, status: number, type: string]>([
    [{ command: "dags trigger 'x" }, 400, 'malformed-request'],
    [{ command: 'dags trigger x --con={}' }, 400, 'invalid-command'],
    [{ argv: ['dags', 'list', '--help'] }, 400, 'invalid-command'],
    [{}, 400, 'malformed-request'],
  ])('%j is rejected with %i %s', async (body, status, type) => {
    expect(await post(body)).toMatchObject({ status, body: { type: `urn:mwaa-cli-proxy:problem:${type}`, status } });
  });

  test('a text/plain body is parsed as a command', async () => {
    const [line] = formatCurlCommand(stack.url, stack.region, environment, engineer, 'dags list -o json').split('\n');
    const { stdout } = await run('sh', ['-c', line!.replace('application/json', 'text/plain')]);
    const { outcome, output } = JSON.parse(stdout);
    expect(outcome).toBe('succeeded');
    expect(output).toContainEqual(expect.objectContaining({ dag_id: 'daily_report' }));
  });

  test('the health check tests every step to Airflow', async () => {
    const health = new URL(address().href.replace(/cli$/, 'health'));
    const response = await signedFetch(health, undefined, engineer, stack.region);
    const steps = ['token', 'name resolution', 'connect', 'TLS', 'version', 'release'];
    expect(await response.json()).toMatchObject({
      environment,
      airflowVersion: release,
      healthy: true,
      steps: steps.map((step) => ({ step, status: 'ok', durationMs: expect.any(Number) })),
    });
    expect(response.status).toBe(200);
    const refused = await signedFetch(health, undefined, stack.createCaller('reporting-nightly', 'x'), stack.region);
    expect(refused.status).toBe(environment === 'analytics-prod' ? 403 : 404);
    expect((await signedFetch(health, '{}', engineer, stack.region)).status).toBe(403);
    expect((await signedFetch(address(), undefined, engineer, stack.region)).status).toBe(403);
  });

  test('an unknown environment is not found, and the response names those that the caller can use', async () => {
    const response = await signedFetch(new URL(`${stack.url}/environments/nope/cli`), '{}', engineer, stack.region);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      type: 'urn:mwaa-cli-proxy:problem:not-found',
      environments: ['analytics-next', 'analytics-prod'],
    });
  });

  test('requests wait for a free slot, and no more commands run at the same time than there are slots', async () => {
    const results = await Promise.all(Array.from({ length: 6 }, () => post({ command: 'version' })));
    expect(results.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
    expect(Math.max(...results.map(({ body }) => Number(body.queuedMs)))).toBeGreaterThan(0);
    expect(stack.mwaa.getMaxConcurrent(environment)).toBeLessThanOrEqual(2);
  });

  test('every request writes one audit line, and every command that is sent writes one before it and one after it', () => {
    const lines = stack.logs.search('"audit":').map(({ message }) => JSON.parse(message.slice(message.indexOf('{'))));
    const [requests, intents, outcomes] = ['request', 'intent', 'outcome'].map((kind) =>
      lines.filter(({ audit }) => audit === kind),
    );
    expect(requests!.length).toBeGreaterThan(10);
    for (const line of requests!)
      expect(line).toMatchObject({ caller: expect.any(String), status: expect.any(Number) });
    expect(new Set(requests!.map(({ extendedRequestId }) => extendedRequestId)).size).toBe(requests!.length);
    for (const outcome of outcomes!) {
      const { extendedRequestId, lambdaRequestId } = outcome;
      expect(outcome).toMatchObject({ environment, decision: 'allowed', durationMs: expect.any(Number) });
      // A health check of the REST API sends two requests: one needs a session, the other shows the release.
      expect(outcome.posts).toBe(outcome.command[0] === '@health' && outcome.tokenAgeMs === undefined ? 2 : 1);
      const intent = intents!.find((line) => line.lambdaRequestId === lambdaRequestId);
      expect(lines.indexOf(intent!)).toBeLessThan(lines.indexOf(outcome));
      const request = requests!.find((line) => line.extendedRequestId === extendedRequestId);
      expect(request).toMatchObject({ decision: 'allowed', status: outcome.status, caller: outcome.caller });
    }
    const relayed = requests!.filter(({ decision, route }) => decision === 'allowed' && route === 'cli');
    expect(relayed.length).toBeGreaterThan(5);
    expect(intents).toHaveLength(outcomes!.length);
    expect(requests!.filter(({ decision }) => decision === 'refused').length).toBeGreaterThan(1);
    const trigger = outcomes!.find(({ command }) => command?.includes('--conf=***'));
    expect(trigger).toMatchObject({ decision: 'allowed', outcome: 'succeeded', caller: engineer.arn, status: 200 });
  });

  test('no log, response or journal contains a token, a secret or a masked value', () => {
    const everything = [
      ...stack.logs.lines().map(({ message }) => message),
      ...responses,
      JSON.stringify(stack.mwaa.journal.map(({ commandText: _text, ...entry }) => entry)),
    ].join('\n');
    expect(everything).toContain('no_such_dag');
    expect(everything).not.toMatch(/eyJ[\w-]+\.[\w-]+\./);
    expect(everything).not.toContain('Bearer');
    const issued = [engineer, ...stack.gateway.functionPrincipals.values()];
    for (const { secretAccessKey, sessionToken } of issued) {
      expect(everything).not.toContain(secretAccessKey);
      expect(everything).not.toContain(sessionToken);
    }
    const logged = stack.logs
      .lines()
      .map(({ message }) => message)
      .join('\n');
    expect(logged).not.toContain('Zürich');
    expect(logged).not.toContain('$HOME');
  });

  /** Returns the headers that sign this body at this time. */
  async function sign(body: string, signingDate: Date): Promise<Record<string, string>> {
    const { hostname, host, pathname } = address();
    const signer = new SignatureV4({
      service: 'execute-api',
      region: stack.region,
      credentials: engineer,
      sha256: Sha256,
    });
    const headers = { host, 'content-type': 'application/json' };
    const request = new HttpRequest({ method: 'POST', hostname, path: pathname, headers, body });
    return (await signer.sign(request, { signingDate })).headers;
  }

  async function runClient(argv: string[]) {
    const { terminal, written } = createRecordedTerminal(
      createClientVariables(stack.url, stack.region, environment, engineer),
    );
    return { exitCode: await runAirflow(argv, terminal), ...written };
  }
});

/** Reads the configuration of a run from Airflow's database, with Airflow's own model. */
function readStoredConf(stack: LocalStack, runId: string): Promise<unknown> {
  const home = stack.environments[0]!.home!;
  const python = `${home.environment.PATH!.split(':')[0]}/python`;
  const script = `
import json, sys
from airflow.models import DagRun
from airflow.utils.session import create_session
with create_session() as session:
    run = session.query(DagRun).filter(DagRun.run_id == sys.argv[1]).one()
    print("CONF " + json.dumps(run.conf))
`;
  return new Promise((resolve, reject) => {
    const child = spawn(python, ['-c', script, runId], { env: home.environment, cwd: home.folder });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.on('close', () => {
      const line = output.split('\n').find((text) => text.startsWith('CONF '));
      if (line === undefined) reject(new Error(`There is no run ${runId} in the database.`));
      else resolve(JSON.parse(line.slice(5)));
    });
  });
}

const BOTOCORE = `
import json, sys, urllib.request
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
url, region, caller = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
request = AWSRequest("POST", url, data=json.dumps({"argv": ["version"]}).encode(), headers={"Content-Type": "application/json"})
keys = Credentials(caller["accessKeyId"], caller["secretAccessKey"], caller["sessionToken"])
SigV4Auth(keys, "execute-api", region).add_auth(request)
prepared = request.prepare()
opened = urllib.request.Request(prepared.url, data=prepared.body, headers=dict(prepared.headers), method="POST")
print(urllib.request.urlopen(opened).read().decode())
`;
