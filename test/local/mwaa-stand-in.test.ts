import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AirflowHome } from '../../local/airflow/airflow-home.ts';
import type { AirflowRunner } from '../../local/airflow/airflow-runner.ts';
import { createAirflowHome } from '../../local/airflow/create-airflow-home.ts';
import { createAirflowRunner } from '../../local/airflow/create-airflow-runner.ts';
import { type InstalledAirflow, installAirflow } from '../../local/airflow/install-airflow.ts';
import { isAllowed } from '../../local/iam/evaluate-policies.ts';
import { createPrincipalStore, type Principal } from '../../local/iam/principal-store.ts';
import { verifySignature } from '../../local/iam/verify-signature.ts';
import { LOG_HANDLER_NOTICE } from '../../local/mwaa/create-cli-response.ts';
import { type MwaaStandIn, startMwaa } from '../../local/mwaa/start.ts';
import { selectReleases } from './select-releases.ts';

const region = 'ap-southeast-2';
const account = '111122223333';
const tokenApi = `env.airflow.${region}.amazonaws.com`;

for (const release of selectReleases(['2.10.3', '3.0.6', '3.3.1'], (name) => name !== '3.0.6')) {
  const installed = await installAirflow(release, { onProgress: console.log });
  if ('unavailable' in installed) console.log(`SKIPPED: the stand-in on Airflow ${release}: ${installed.unavailable}`);
  const cli = release.startsWith('2.') ? '/aws_mwaa/cli' : '/aws_mwaa/cli/';
  const listRuns = (dag: string) => `dags list-runs --output=json ${release.startsWith('2.') ? '--dag-id=' : ''}${dag}`;

  describe.skipIf('unavailable' in installed)(`the stand-in for MWAA, on Airflow ${release},`, () => {
    let folder: string;
    let home: AirflowHome;
    let airflow: AirflowRunner;
    let mwaa: MwaaStandIn;
    let clock: number;
    const principals = createPrincipalStore();
    const role = `arn:aws:sts::${account}:assumed-role/relay/test`;
    const tokenPolicy = {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: 'airflow:CreateCliToken',
          Resource: [
            `arn:aws:airflow:${region}:${account}:environment/analytics`,
            `arn:aws:airflow:${region}:${account}:environment/gone`,
          ],
        },
      ],
    };
    const relay = principals.issueCredentials(role, [tokenPolicy]);
    const stranger = principals.issueCredentials(`arn:aws:sts::${account}:assumed-role/stranger/test`, []);

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'mwaa-'));
      home = await createAirflowHome(installed as InstalledAirflow, join(folder, 'home'), { onProgress: console.log });
      airflow = createAirflowRunner(installed as InstalledAirflow, home);
      mwaa = await startMwaa<Principal>({
        region,
        account,
        environments: [
          { name: 'analytics', runner: airflow },
          { name: 'other', runner: airflow },
          {
            name: 'strict',
            runner: airflow,
            behavior: { printsLogNotice: false, failureStatus: 400, returncode: true, nullStreams: true },
          },
        ],
        verifySignature: (signed) =>
          verifySignature(signed, { service: 'airflow', region, principals, now: () => clock }),
        isAllowed: (principal, action, resource) => isAllowed(principal, action, resource),
        caDir: folder,
        now: () => clock,
      });
    });
    beforeEach(() => {
      clock = Date.now();
      mwaa.journal.length = 0;
    });
    afterAll(async () => {
      await mwaa.close();
      await airflow.close();
      await rm(folder, { recursive: true, force: true });
    });

    const requestToken = (
      caller: Principal,
      name = 'analytics',
      tamper: (headers: Record<string, string>) => void = () => {},
    ) => requestSignedToken(mwaa, caller, name, clock, tamper);
    const getToken = async (name = 'analytics') => {
      const unrestricted = { ...tokenPolicy, Statement: [{ ...tokenPolicy.Statement[0], Resource: '*' }] };
      const { body } = await requestToken(principals.issueCredentials(role, [unrestricted]), name);
      return (JSON.parse(body) as { CliToken: string }).CliToken;
    };
    const post = (bearer: string, text: string, path = cli, environment = 'analytics') =>
      callWebServer(mwaa, mwaa.hostnames[environment] as string, 'POST', path, {
        headers: { Authorization: `Bearer ${bearer}`, 'Content-Type': 'text/plain' },
        body: text,
      });

    test('returns a token for a signed request, and runs the command that is sent with it', async () => {
      const tokenResponse = await requestToken(relay);
      const { CliToken, WebServerHostname } = JSON.parse(tokenResponse.body);
      const answer = await post(CliToken, 'version');

      expect(tokenResponse.status).toBe(200);
      expect(WebServerHostname).toMatch(/^[0-9a-f-]{36}-vpce\.c1\.ap-southeast-2\.airflow\.amazonaws\.com$/);
      expect(answer.status).toBe(200);
      expect(decodeStreams(answer).stdout).toBe(`${LOG_HANDLER_NOTICE}${release}\n`);
    });

    test('issues tokens with exactly the claims that real MWAA tokens have', async () => {
      const [, claims = ''] = (await getToken()).split('.');

      expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toEqual({
        aud: 'cli',
        user: 'root',
        exp: Math.floor(clock / 1000) + 60,
      });
    });

    test('accepts a token for sixty seconds', async () => {
      const tokenResponse = await getToken();

      clock += 58_000;
      expect((await post(tokenResponse, 'version')).status).toBe(200);
      clock += 3_000;
      expect(await post(tokenResponse, 'version')).toMatchObject({
        status: 403,
        body: expect.stringContaining('<html>'),
      });
    });

    test.each([
      ['empty', ''],
      ['garbage', 'garbage'],
      ['unsigned', 'eyJhbGciOiJub25lIn0.eyJhdWQiOiJjbGkiLCJ1c2VyIjoicm9vdCIsImV4cCI6OTk5OTk5OTk5OX0.'],
    ])('rejects a bearer token: %s', async (_, bearer) => {
      expect((await post(bearer, 'version')).status).toBe(403);
    });

    test('rejects a token of another environment', async () => {
      expect((await post(await getToken('other'), 'version')).status).toBe(403);
    });

    test('returns no token for a request that is unsigned, changed, not permitted, or for an unknown environment', async () => {
      const rejections = [
        await requestToken(relay, 'analytics', (headers) => delete headers.authorization),
        await requestToken(relay, 'analytics', (headers) => {
          headers['x-amz-date'] = '20200101T000000Z';
        }),
        await requestToken(stranger),
        await requestToken(relay, 'other'),
        await requestToken(relay, 'gone'),
      ];

      expect(rejections.map(({ status, headers }) => [status, headers['x-amzn-errortype']])).toEqual([
        [403, 'MissingAuthenticationTokenException'],
        [403, 'InvalidSignatureException'],
        [403, 'AccessDeniedException'],
        [403, 'AccessDeniedException'],
        [404, 'ResourceNotFoundException'],
      ]);
      expect(JSON.parse(rejections[2]?.body ?? '').message).toContain(stranger.arn);
    });

    test.runIf(release.startsWith('3.'))(
      'redirects to the path with a trailing slash, on the same origin',
      async () => {
        const answer = await post(await getToken(), 'version', '/aws_mwaa/cli');

        expect(answer.status).toBe(307);
        expect(answer.headers.location).toBe(`https://${mwaa.hostnames.analytics}/aws_mwaa/cli/`);
      },
    );

    test.runIf(release.startsWith('2.'))('has no path with a trailing slash', async () => {
      expect((await post(await getToken(), 'version', '/aws_mwaa/cli/')).status).toBe(404);
    });

    test.each([
      ['users list', 403],
      ['connections list', 403],
      ['pools import nothing.json', 500],
      ['roles create Nobody', 500],
    ])('rejects a command that MWAA rejects, without running it: %s', async (text, status) => {
      const answer = await post(await getToken(), text);

      expect(answer.status).toBe(status);
      expect(mwaa.journal.at(-1)).toMatchObject({ commandText: text, status });
      expect(mwaa.journal.at(-1)).not.toHaveProperty('exitCode');
    });

    test('returns 200 and both streams for a command that fails', async () => {
      const answer = await post(await getToken(), 'dags trigger no_such_dag');

      expect(answer.status).toBe(200);
      expect(decodeStreams(answer).stderr).toContain('DagNotFound');
      expect(mwaa.journal.at(-1)).toMatchObject({ kind: 'cli', exitCode: 1, status: 200 });
    });

    test('returns 400, a null stream and a return code for a command that fails, if it is configured to', async () => {
      const answer = await post(await getToken('strict'), `dags trigger 'unbalanced`, cli, 'strict');

      expect(answer.status).toBe(400);
      expect(JSON.parse(answer.body)).toMatchObject({ stdout: null, returncode: 1 });
      expect(decodeStreams(answer).stderr).toContain('No closing quotation');
    });

    test('runs four commands at the same time, and returns 503 for more', async () => {
      const bearer = await getToken();
      const answers = await Promise.all([1, 2, 3, 4, 5, 6].map(() => post(bearer, 'dags list --output=json')));

      expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 503, 503]);
      expect(mwaa.getMaxConcurrent('analytics')).toBe(4);
      expect((await post(bearer, 'version')).status).toBe(200);
    });

    test("the conf of a trigger reaches Airflow's database unchanged", async () => {
      const note = `it's $10 & \`more\` in Zürich\n"quoted" \\ 東京`;
      const conf = { note, empty: '', nested: { n: [1, null, true] } };
      const asciiJson = JSON.stringify(conf).replace(
        /[^ -~]|['$`!]/g,
        (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );
      const plainJson = JSON.stringify(conf).replaceAll(`'`, `'"'"'`);

      const bearer = await getToken();
      const ascii = await post(bearer, `dags trigger --conf='${asciiJson}' --run-id=ascii --output=json daily_report`);
      // On 2.x, two triggers in the same second collide, because they get the same date.
      await new Promise((later) => setTimeout(later, 1_100));
      const plain = await post(bearer, `dags trigger --conf='${plainJson}' --run-id=plain --output=json daily_report`);
      const listed = await post(bearer, listRuns('daily_report'));

      expect([ascii.status, plain.status]).toEqual([200, 200]);
      expect(decodeStreams(plain).stderr).not.toContain('Traceback');
      expect(await readRunConf(installed as InstalledAirflow, home, 'ascii')).toEqual(conf);
      expect(await readRunConf(installed as InstalledAirflow, home, 'plain')).toEqual(conf);
      expect(decodeStreams(listed).stdout).toContain('"run_id": "ascii"');
    });

    test('writes a journal without tokens', async () => {
      const bearer = await getToken();
      await post(bearer, 'version');

      expect(mwaa.journal.map(({ kind, status, commandText }) => [kind, status, commandText])).toEqual([
        ['token', 200, undefined],
        ['cli', 200, 'version'],
      ]);
      expect(JSON.stringify(mwaa.journal)).not.toContain(bearer.slice(0, 20));
    });

    test('returns 404 for other paths, and has no certificate for other hostnames', async () => {
      expect((await post(await getToken(), 'version', '/health')).status).toBe(404);
      await expect(
        callWebServer(
          { ...mwaa, network: { [`${tokenApi}:443`]: mwaa.network[`${mwaa.hostnames.other}:443`] as string } },
          tokenApi,
          'POST',
          cli,
          {},
        ),
      ).rejects.toThrow(/altnames/);
    });
  });
}

interface StandInResponse {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** Sends an HTTPS request to a public hostname, through the network and the certificate authority of the stand-in. */
async function callWebServer(
  mwaa: Pick<MwaaStandIn, 'network' | 'caFile'>,
  hostname: string,
  method: string,
  path: string,
  { headers = {}, body = '' }: { headers?: Record<string, string>; body?: string },
): Promise<StandInResponse> {
  const ca = await readFile(mwaa.caFile);
  const [host, port] = (mwaa.network[`${hostname}:443`] as string).split(':');
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host, port, servername: hostname, ca, method, path, headers: { Host: hostname, ...headers } },
      async (response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk as Buffer);
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

async function requestSignedToken(
  mwaa: MwaaStandIn,
  caller: Principal,
  name: string,
  clock: number,
  tamper: (headers: Record<string, string>) => void,
): Promise<StandInResponse> {
  const signer = new SignatureV4({ service: 'airflow', region, credentials: caller, sha256: Sha256 });
  const path = `/clitoken/${name}`;
  const unsigned = new HttpRequest({ method: 'POST', hostname: tokenApi, path, headers: { host: tokenApi } });
  const { headers } = await signer.sign(unsigned, { signingDate: new Date(clock) });
  tamper(headers);
  return callWebServer(mwaa, tokenApi, 'POST', path, { headers });
}

function decodeStreams({ body }: StandInResponse): { stdout: string; stderr: string } {
  const { stdout, stderr } = JSON.parse(body) as { stdout: string | null; stderr: string | null };
  return {
    stdout: Buffer.from(stdout ?? '', 'base64').toString(),
    stderr: Buffer.from(stderr ?? '', 'base64').toString(),
  };
}

/** Reads the conf of a run from Airflow's database, where it is pickled on 2.x and JSON on 3.x, with the Python of that Airflow. */
async function readRunConf(installed: InstalledAirflow, home: AirflowHome, runId: string): Promise<unknown> {
  const script = [
    'import json, pickle, sqlite3, sys',
    'row = sqlite3.connect(sys.argv[1]).execute("select conf from dag_run where run_id = ?", (sys.argv[2],)).fetchone()',
    'print(json.dumps(pickle.loads(row[0]) if isinstance(row[0], bytes) else json.loads(row[0])))',
  ].join('\n');
  const { stdout } = await promisify(execFile)(installed.python, ['-I', '-c', script, home.database, runId]);
  return JSON.parse(stdout);
}
