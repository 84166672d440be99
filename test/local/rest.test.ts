import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent, type AgentOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateWebLoginTokenCommand, MWAAClient } from '@aws-sdk/client-mwaa';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { REST_REMEDIES } from '../../lambda/rest/rest-remedies.ts';
import type { AirflowRunner } from '../../local/airflow/airflow-runner.ts';
import { createAirflowHome } from '../../local/airflow/create-airflow-home.ts';
import { createAirflowRunner } from '../../local/airflow/create-airflow-runner.ts';
import { type InstalledAirflow, installAirflow } from '../../local/airflow/install-airflow.ts';
import { startWebServer } from '../../local/airflow/start-web-server.ts';
import { createWebServerOnDemand, type WebServerOnDemand } from '../../local/airflow/web-server-on-demand.ts';
import { isAllowed } from '../../local/iam/evaluate-policies.ts';
import { createPrincipalStore, type Principal } from '../../local/iam/principal-store.ts';
import { verifySignature } from '../../local/iam/verify-signature.ts';
import type { FaultName } from '../../local/mwaa/faults.ts';
import { type MwaaStandIn, startMwaa } from '../../local/mwaa/start.ts';
import { type CreateWebLoginToken, createRestUpstream } from '../../mwaa/rest/create-rest-upstream.ts';
import { sendCall } from '../../mwaa/rest/send-call.ts';
import type { CallToSend, RestUpstream } from '../../mwaa/rest/send-call-types.ts';
import { neverAborted } from '../unit/mwaa/cli-responses.ts';
import { createLocalhostLookup } from '../unit/mwaa/scripted-web-server.ts';
import { RUNS_ALL, selectReleases } from './select-releases.ts';

const region = 'ap-southeast-2';
const account = '111122223333';
/** A DAG without a schedule. */
const DAG = 'daily_report';
const TOKEN_API = `env.airflow.${region}.amazonaws.com:443`;

/** What a read and a write end with. */
const FAULT_ROWS: readonly [FaultName, read: string, write: string][] = [
  ['rest-401-always', 'token-refused', 'token-refused'],
  ['rest-login-redirect', 'token-refused', 'token-refused'],
  ['rest-login-page', 'airflow-error', 'outcome-unknown'],
  ['rest-login-404', 'token-refused', 'token-refused'],
  ['rest-login-no-cookie', 'token-refused', 'token-refused'],
  ['rest-reset-before-run', 'airflow-error', 'outcome-unknown'],
  ['rest-503', 'environment-not-available', 'outcome-unknown'],
  ['rest-504-after-run', 'airflow-timeout', 'outcome-unknown'],
  ['rest-slow-answer', 'airflow-timeout', 'outcome-unknown'],
  ['rest-hang-in-body', 'airflow-timeout', 'outcome-unknown'],
  ['rest-huge-answer', 'answer-too-large', 'outcome-unknown'],
];
const MAIN_FAULTS: readonly FaultName[] = ['rest-login-page', 'rest-504-after-run'];

for (const release of selectReleases(['2.4.3', '2.10.3', '3.0.6', '3.3.1'], (name) => name === '2.10.3')) {
  const installed = await installAirflow(release, { onProgress: console.log });
  if ('unavailable' in installed) console.log(`SKIPPED: the REST API of Airflow ${release}: ${installed.unavailable}`);
  const isAirflow3 = release.startsWith('3.');
  const base = isAirflow3 ? '/api/v2' : '/api/v1';

  describe.skipIf('unavailable' in installed)(`the REST API of Airflow ${release}`, () => {
    let folder: string;
    let airflow: AirflowRunner;
    let webServer: WebServerOnDemand;
    let mwaa: MwaaStandIn;
    let ca: string;
    let clock: number;
    const principals = createPrincipalStore();

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'rest-'));
      const home = await createAirflowHome(installed as InstalledAirflow, join(folder, 'home'));
      airflow = createAirflowRunner(installed as InstalledAirflow, home);
      webServer = createWebServerOnDemand((ending) => startWebServer(release, home, ending));
      mwaa = await startMwaa<Principal>({
        region,
        account,
        environments: [{ name: 'analytics', runner: airflow, webServer }],
        verifySignature: (signed) =>
          verifySignature(signed, { service: 'airflow', region, principals, now: () => clock }),
        isAllowed: (principal, action, resource) => isAllowed(principal, action, resource),
        caDir: folder,
        now: () => clock,
      });
      ca = await readFile(mwaa.caFile, 'utf8');
    });
    beforeEach(async () => {
      await mwaa.setFault();
      clock = Date.now();
      mwaa.journal.length = 0;
    });
    afterAll(async () => {
      await mwaa.close();
      await webServer.end();
      await airflow.close();
      await rm(folder, { recursive: true, force: true });
    });

    const getNetwork = (host: string): AgentOptions => ({
      ca,
      port: Number(mwaa.network[host]!.split(':')[1]),
      lookup: createLocalhostLookup(),
    });

    /** Calls `CreateWebLoginToken` with a role of IAM that may log in with these roles of Airflow. */
    function connectTokenApi(roles: readonly string[], session = roles.join('-')): CreateWebLoginToken {
      const statement = {
        Effect: 'Allow',
        Action: 'airflow:CreateWebLoginToken',
        Resource: roles.map((role) => `arn:aws:airflow:${region}:${account}:role/analytics/${role}`),
      };
      const arn = `arn:aws:sts::${account}:assumed-role/rest-relay/${session}`;
      const credentials = principals.issueCredentials(arn, [{ Version: '2012-10-17', Statement: [statement] }]);
      const client = new MWAAClient({
        region,
        credentials,
        maxAttempts: 1,
        requestHandler: { httpsAgent: new Agent(getNetwork(TOKEN_API)) },
      });
      return (signal) => client.send(new CreateWebLoginTokenCommand({ Name: 'analytics' }), { abortSignal: signal });
    }

    const connect = (
      role: string,
      {
        airflow: configured = release,
        createToken = connectTokenApi([role]),
        call = 120_000,
        maxResponseBytes = 1e6,
      } = {},
    ): RestUpstream =>
      createRestUpstream({
        connectTokenApi: () => createToken,
        airflow: configured,
        airflowRole: role,
        webServerHostname: undefined,
        webServerDomains: [],
        timeoutsMs: { connect: 5_000, token: 10_000, call },
        maxResponseBytes,
        remedies: REST_REMEDIES,
        network: getNetwork(`${mwaa.hostnames.analytics}:443`),
      });

    const get = (target: string, accept?: CallToSend['accept']): CallToSend => ({
      method: 'GET',
      target: `${base}${target}`,
      readOnly: true,
      accept,
    });
    const trigger = (runId: string): CallToSend => ({
      method: 'POST',
      target: `${base}/dags/${DAG}/dagRuns`,
      body: JSON.stringify({ dag_run_id: runId, ...(isAirflow3 && { logical_date: null }) }),
      readOnly: false,
    });
    const send = async (upstream: RestUpstream, call: CallToSend) => {
      const { status, contentType, body } = await sendCall(upstream, call, neverAborted);
      return { status, contentType, body: JSON.parse(Buffer.from(body).toString('utf8') || 'null') };
    };
    const fail = (upstream: RestUpstream, call: CallToSend): Promise<unknown> =>
      sendCall(upstream, call, neverAborted).then(
        ({ status }) => `status ${status}`,
        (error: unknown) => error,
      );
    const listRequests = () => mwaa.journal.map(({ kind, status }) => `${kind} ${status}`);
    /** How many runs of this id the command line shows: it uses the same database. */
    async function countRuns(runId: string): Promise<number> {
      const command = `dags list-runs --output=json ${isAirflow3 ? '' : '--dag-id='}${DAG}`;
      const { stdout } = await airflow.run(command);
      return stdout.toString('utf8').split(`"${runId}"`).length - 1;
    }

    test('logs in and lists the DAGs', async () => {
      expect(await send(connect('Viewer'), get('/dags?limit=2'))).toMatchObject({
        status: 200,
        contentType: 'application/json',
        body: { dags: [{ dag_id: expect.any(String) }, {}] },
      });
      expect(listRequests()).toEqual(['web-token 200', 'login 302', 'rest 200']);
    });

    test('10 calls at once log in once', async () => {
      const upstream = connect('Viewer');
      const answers = await Promise.all(Array.from({ length: 10 }, () => send(upstream, get('/dags?limit=1'))));
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
      expect(mwaa.journal.filter(({ kind }) => kind === 'login')).toHaveLength(1);
    });

    test('triggers a run, and passes on that it exists', async () => {
      const upstream = connect('User');
      expect(await send(upstream, trigger('first'))).toMatchObject({ status: 200, body: { dag_run_id: 'first' } });
      expect(await send(upstream, trigger('first'))).toMatchObject({
        status: 409,
        body: { detail: expect.anything() },
      });
      expect(await countRuns('first')).toBe(1);
    });

    test('passes on that a DAG does not exist, without the headers', async () => {
      expect(await send(connect('Viewer'), get('/dags/gone'))).toEqual({
        status: 404,
        contentType: isAirflow3 ? 'application/json' : 'application/problem+json',
        body: expect.objectContaining({ detail: expect.any(String) }),
      });
    });

    test('passes on text', async () => {
      const upstream = connect('Viewer');
      const { body } = await send(upstream, get(`/dags/${DAG}`));
      const source = isAirflow3 ? DAG : body.file_token;
      const answer = await sendCall(upstream, get(`/dagSources/${source}`, 'text/plain'), neverAborted);
      expect(answer).toMatchObject({ status: 200, contentType: expect.stringMatching(/^text\/plain/) });
      expect(Buffer.from(answer.body).toString('utf8')).toContain('import');
    });

    test.skipIf(release === '2.4.3')('sends a change without a body', async () => {
      const upstream = connect('User');
      const { body } = await send(upstream, get(`/dags/${DAG}`));
      const target = `${base}/parseDagFile/${body.file_token}`;
      expect(await send(upstream, { method: 'PUT', target, readOnly: false })).toMatchObject({ status: 201 });
    });

    test.each([
      ['Viewer', () => trigger('of-viewer')],
      ['User', () => get('/variables')],
    ])('says that the role %s may not do it', async (role, createCall) => {
      expect(await fail(connect(role), createCall())).toMatchObject({
        code: 'role-refused',
        message: expect.stringContaining(`the role ${role}`),
        data: { airflowRole: role },
      });
    });

    test("passes on Airflow's own reason for what it forbids", async () => {
      expect(await send(connect('Admin'), get('/config'))).toMatchObject({
        status: 403,
        body: { detail: expect.stringMatching(/chose not to expose/) },
      });
    });

    // Since 3.2 Airflow keeps users for 30 seconds.
    test.skipIf(release === '3.3.1')('takes away a role that IAM no longer gives', async () => {
      const connectAs = (role: string) => connect(role, { createToken: connectTokenApi([role], 'same-user') });
      expect(await send(connectAs('Op'), get('/variables'))).toMatchObject({ status: 200 });
      expect(await fail(connectAs('Viewer'), get('/variables'))).toMatchObject({ code: 'role-refused' });
    });

    test.each(['rest-session-expired', 'rest-session-damaged'] as const)(
      '%s: logs in again, and a run is made once',
      async (fault) => {
        const upstream = connect('User');
        await send(upstream, get('/dags?limit=1'));
        await mwaa.setFault(fault);
        mwaa.journal.length = 0;
        expect(await send(upstream, trigger(fault))).toMatchObject({ status: 200 });
        const refused = isAirflow3 && fault === 'rest-session-damaged' ? 403 : 401;
        expect(listRequests()).toEqual([`rest ${refused}`, 'web-token 200', 'login 302', 'rest 200']);
        expect(await countRuns(fault)).toBe(1);
      },
    );

    test('an answer that is lost leaves the outcome of a write unknown, and the run exists once', async () => {
      const upstream = connect('User');
      await send(upstream, get('/dags?limit=1'));
      await mwaa.setFault('rest-reset-after-run', { maxHits: 1 });
      expect(await fail(upstream, trigger('lost'))).toMatchObject({ code: 'outcome-unknown' });
      expect(await countRuns('lost')).toBe(1);
    });

    test.each(selectReleases(FAULT_ROWS, ([fault]) => MAIN_FAULTS.includes(fault)))(
      '%s',
      async (fault, read, write) => {
        const isSlow = /slow|hang/.test(fault);
        await mwaa.setFault(fault);
        const limits = isSlow ? { call: 1_000 } : {};
        expect(await fail(connect('User', limits), get('/dags?limit=1'))).toMatchObject({ code: read });
        expect(await fail(connect('User', limits), trigger(`write-${fault}`))).toMatchObject({ code: write });
        await mwaa.setFault();
        const runs = await send(connect('Viewer'), get(`/dags/${DAG}/dagRuns/write-${fault}`)).then(
          ({ status }) => status,
        );
        const ran = /after-run|slow|hang|huge/.test(fault);
        expect(runs).toBe(ran ? 200 : 404);
      },
    );

    test('the login of the other major says so', async () => {
      const other = isAirflow3 ? '2.10.3' : '3.0.6';
      expect(await fail(connect('Viewer', { airflow: other }), get('/dags'))).toMatchObject({
        code: 'token-refused',
        message: expect.stringContaining(`no login of Airflow ${other}`),
      });
    });

    test.each<[what: string, age: (token: string) => unknown]>([
      ['used', (token) => fail(connect('Viewer', { createToken: createOldToken(token) }), get('/dags'))],
      ['expired', () => (clock += 61_000)],
    ])('a token that is %s is rejected', async (_what, age) => {
      const { WebToken = '' } = await connectTokenApi(['Viewer'])(neverAborted);
      await age(WebToken);
      expect(await fail(connect('Viewer', { createToken: createOldToken(WebToken) }), get('/dags'))).toMatchObject({
        code: 'token-refused',
        message: expect.stringContaining('rejected a new token (HTTP 401'),
      });
    });
    const createOldToken =
      (token: string): CreateWebLoginToken =>
      async () => ({ WebToken: token, WebServerHostname: mwaa.hostnames.analytics! });

    test('a role without the permission gets no token', async () => {
      expect(await fail(connect('Nobody'), get('/dags'))).toMatchObject({ code: 'token-not-permitted' });
    });

    test.runIf(RUNS_ALL)('calls go on after a restart of the web server', async () => {
      const upstream = connect('User');
      await send(upstream, get('/dags?limit=1'));
      const before = await webServer.get();
      await webServer.end();
      mwaa.journal.length = 0;
      expect(await send(upstream, trigger('restart'))).toMatchObject({ status: 200 });
      expect((await webServer.get()).url).not.toBe(before.url);
      expect(mwaa.journal.filter(({ kind }) => kind === 'login')).toHaveLength(1);
      expect(await countRuns('restart')).toBe(1);
    });
  });
}
