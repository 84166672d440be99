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
import { type MwaaStandIn, startMwaa } from '../../local/mwaa/start.ts';
import { createRestUpstream } from '../../mwaa/rest/create-rest-upstream.ts';
import { sendCall } from '../../mwaa/rest/send-call.ts';
import type { CallToSend, RestUpstream } from '../../mwaa/rest/send-call-types.ts';
import { neverAborted } from '../unit/mwaa/cli-responses.ts';
import { createLocalhostLookup } from '../unit/mwaa/scripted-web-server.ts';
import { selectReleases } from './select-releases.ts';

const region = 'ap-southeast-2';
const account = '111122223333';
const TOKEN_API = `env.airflow.${region}.amazonaws.com:443`;

for (const release of selectReleases(['2.10.3', '3.0.6'], (name) => name === '2.10.3')) {
  const installed = await installAirflow(release, { onProgress: console.log });
  if ('unavailable' in installed) console.log(`SKIPPED: the REST API of Airflow ${release}: ${installed.unavailable}`);
  const base = release.startsWith('2.') ? '/api/v1' : '/api/v2';

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
    beforeEach(() => {
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

    /** Connects with a role of IAM that may log in with these roles of Airflow. */
    function connect(...roles: readonly string[]): RestUpstream {
      const statement = {
        Effect: 'Allow',
        Action: 'airflow:CreateWebLoginToken',
        Resource: roles.map((role) => `arn:aws:airflow:${region}:${account}:role/analytics/${role}`),
      };
      const arn = `arn:aws:sts::${account}:assumed-role/rest-relay/${roles.join('-')}`;
      const credentials = principals.issueCredentials(arn, [{ Version: '2012-10-17', Statement: [statement] }]);
      const client = new MWAAClient({
        region,
        credentials,
        maxAttempts: 1,
        requestHandler: { httpsAgent: new Agent(getNetwork(TOKEN_API)) },
      });
      return createRestUpstream({
        connectTokenApi: () => (signal) =>
          client.send(new CreateWebLoginTokenCommand({ Name: 'analytics' }), { abortSignal: signal }),
        airflow: release,
        airflowRole: roles[0]!,
        webServerHostname: undefined,
        webServerDomains: [],
        timeoutsMs: { connect: 5_000, token: 10_000, call: 120_000 },
        maxResponseBytes: 1_000_000,
        remedies: REST_REMEDIES,
        network: getNetwork(`${mwaa.hostnames.analytics}:443`),
      });
    }

    const get = (target: string): CallToSend => ({ method: 'GET', target: `${base}${target}`, readOnly: true });
    const send = async (upstream: RestUpstream, call: CallToSend) => {
      const { status, contentType, body } = await sendCall(upstream, call, neverAborted);
      return { status, contentType, body: JSON.parse(Buffer.from(body).toString('utf8') || 'null') as unknown };
    };

    test('logs in and lists the DAGs', async () => {
      const answer = await send(connect('Viewer'), get('/dags?limit=2'));
      expect(answer).toMatchObject({
        status: 200,
        contentType: 'application/json',
        body: { dags: [{ dag_id: expect.any(String) }, {}] },
      });
      expect(mwaa.journal.map(({ kind, status }) => `${kind} ${status}`)).toEqual([
        'web-token 200',
        'login 302',
        'rest 200',
      ]);
    });
  });
}
