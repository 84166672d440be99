import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jwtVerify } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AirflowRunner } from '../../../../local/airflow/airflow-runner.ts';
import { createMissingWebServer, type WebServerOnDemand } from '../../../../local/airflow/web-server-on-demand.ts';
import type { FaultName } from '../../../../local/mwaa/faults.ts';
import { type MwaaStandIn, startMwaa } from '../../../../local/mwaa/start.ts';

const REGION = 'eu-west-1';
const TOKEN_API = `env.airflow.${REGION}.amazonaws.com`;
const LOGIN_KEY = 'key';
const LOGIN = '/aws_mwaa/login';

interface Observed {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

describe('the REST API of the stand-in', () => {
  let folder: string;
  let airflow: Server;
  let mwaa: MwaaStandIn;
  let ca: Buffer;
  let clock = Date.now();
  let allowedRoles: readonly string[] = [];
  /** What Airflow's own web server gets: method, path, session, body. */
  let seen: string[] = [];
  let isRunning = true;
  /** How long a client waits while nothing arrives. */
  let patienceMs = 0;
  const tokens: string[] = [];
  const runner = (release: string): AirflowRunner => ({
    kind: 'real',
    release,
    run: async () => ({ exitCode: 0, stdout: Buffer.from('[]'), stderr: Buffer.alloc(0) }),
    close: async () => {},
  });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rest-'));
    let logins = 0;
    airflow = createServer((incoming, response) => {
      let body = '';
      incoming.on('data', (chunk) => {
        body += chunk;
      });
      incoming.on('end', () => {
        const { method, url, headers } = incoming;
        const session = headers.authorization ?? headers.cookie ?? 'none';
        seen.push(`${method} ${url} ${session} ${body}`.trim());
        if (!url?.endsWith(LOGIN)) response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"dags":[]}');
        else
          response.writeHead(302, { 'Set-Cookie': [`session=s${++logins}; HttpOnly`, 'x=y'], Location: '/home' }).end();
      });
    }).listen(0, '127.0.0.1');
    await once(airflow, 'listening');
    const url = `http://127.0.0.1:${(airflow.address() as AddressInfo).port}`;
    const webServer: WebServerOnDemand = {
      get: async () => ({
        url: isRunning ? url : 'http://127.0.0.1:1',
        loginKey: LOGIN_KEY,
        isRunning: () => true,
        close: async () => {},
      }),
      end: async () => {},
    };
    mwaa = await startMwaa({
      region: REGION,
      account: '111122223333',
      environments: [
        { name: 'two', runner: runner('2.10.3'), webServer },
        { name: 'three', runner: runner('3.0.6'), webServer },
        { name: 'replay', runner: runner('2.10.3'), webServer: createMissingWebServer('there is no Python') },
        { name: 'none', runner: runner('2.10.3') },
      ],
      verifySignature: async () => ({
        ok: true,
        principal: { arn: 'arn:aws:sts::111122223333:assumed-role/relay/session' },
      }),
      isAllowed: (_principal, action, resource) =>
        action === 'airflow:CreateWebLoginToken' &&
        allowedRoles.some(
          (role) => /^arn:aws:airflow:eu-west-1:111122223333:role\/\w+\/(\w+)$/.exec(resource)?.[1] === role,
        ),
      now: () => clock,
      onToken: (token) => tokens.push(token),
      caDir: folder,
    });
    ca = await readFile(mwaa.caFile);
  });
  beforeEach(async () => {
    await mwaa.setFault();
    mwaa.journal.length = 0;
    allowedRoles = ['User'];
    clock = Date.now();
    seen = [];
    isRunning = true;
    patienceMs = 20_000;
  });
  afterAll(async () => {
    await mwaa.close();
    airflow.close();
    await rm(folder, { recursive: true, force: true });
  });

  function send(hostname: string, method: string, path: string, headers: Record<string, string> = {}, body = '') {
    const [host, port] = mwaa.network[`${hostname}:443`]!.split(':');
    return new Promise<Observed>((resolve, reject) => {
      const options = { host, port, servername: hostname, ca, path, method, agent: false };
      const outgoing = request({ ...options, headers: { Host: hostname, ...headers } }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
      });
      outgoing.on('error', reject);
      outgoing.setTimeout(patienceMs, () => outgoing.destroy(Object.assign(new Error('timeout'), { code: 'timeout' })));
      outgoing.end(body);
    });
  }
  const requestToken = (environment = 'two') => send(TOKEN_API, 'POST', `/webtoken/${environment}`);
  const getToken = async (environment?: string) =>
    (JSON.parse((await requestToken(environment)).body) as { WebToken: string }).WebToken;
  const logIn = (token: string, environment = 'two', path = LOGIN) =>
    send(
      mwaa.hostnames[environment]!,
      'POST',
      path,
      { 'Content-Type': 'application/x-www-form-urlencoded' },
      new URLSearchParams({ token }).toString(),
    );
  const call = (headers: Record<string, string> = {}, environment = 'two') =>
    send(mwaa.hostnames[environment]!, 'GET', '/api/v1/dags?limit=1', headers);
  /** What the web server's own login gets. */
  const readOwnToken = async () => {
    const token = new URLSearchParams(seen.at(-1)!.split(' ').at(-1)).get('token')!;
    return (await jwtVerify(token, Buffer.from(LOGIN_KEY), { audience: 'web' })).payload;
  };

  test('CreateWebLoginToken returns the members of the model', async () => {
    expect(JSON.parse((await requestToken()).body)).toEqual({
      WebToken: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      WebServerHostname: mwaa.hostnames.two,
      IamIdentity: 'assumed-role/relay/session',
      AirflowIdentity: 'assumed-role/relay/session',
    });
  });

  test.each<[roles: string[], role: string]>([
    [['Viewer'], 'Viewer'],
    [['Public', 'Op', 'User'], 'Op'],
  ])('the permission for %j makes the role %s', async (roles, role) => {
    allowedRoles = roles;
    const answer = await logIn(await getToken());
    expect(answer).toMatchObject({
      status: 302,
      headers: { 'set-cookie': [expect.stringMatching(/^session=s\d+/), 'x=y'] },
    });
    expect(await readOwnToken()).toMatchObject({ sub: 'assumed-role/relay/session', role });
  });

  test.each<[what: string, roles: string[], name: string, status: number, error: string]>([
    ['without a role', [], 'two', 403, 'AccessDeniedException'],
    ['for an environment that does not exist', ['User'], 'gone', 404, 'ResourceNotFoundException'],
    ['for an invalid name', ['User'], '1', 400, 'ValidationException'],
  ])('no token %s', async (_what, roles, name, status, error) => {
    allowedRoles = roles;
    expect(await requestToken(name)).toMatchObject({ status, headers: { 'x-amzn-errortype': error } });
  });

  test.each<[what: string, prepare: (token: string) => unknown]>([
    ['a second time', (token) => logIn(token)],
    ['after a minute', () => (clock += 61_000)],
    ['once revoked', () => mwaa.setFault('token-revoked')],
  ])('a token is not accepted %s', async (_what, prepare) => {
    const token = await getToken();
    await prepare(token);
    await logIn(token);
    expect(seen.at(-1)).toBe(`POST ${LOGIN} none token=`);
  });

  test('a token of another environment, or of the CLI, is not accepted', async () => {
    await logIn(await getToken('three'));
    expect(seen).toEqual([`POST ${LOGIN} none token=`]);
  });

  test("the login of the other major gets MWAA's token, which it does not know", async () => {
    const token = await getToken('three');
    await logIn(token, 'three');
    expect(seen).toEqual([`POST ${LOGIN} none token=${token}`]);
    await logIn(token, 'three', `/pluginsv2${LOGIN}`);
    expect(await readOwnToken()).toMatchObject({ role: 'User' });
  });

  test('a call reaches Airflow as it is, and its answer comes back', async () => {
    expect(await call({ Cookie: 'session=x' })).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: '{"dags":[]}',
    });
    expect(seen).toEqual(['GET /api/v1/dags?limit=1 session=x']);
    expect(mwaa.journal).toMatchObject([
      { kind: 'rest', environment: 'two', method: 'GET', path: '/api/v1/dags', status: 200 },
    ]);
  });

  test('commands do not reach it', async () => {
    expect(await send(mwaa.hostnames.two!, 'POST', '/aws_mwaa/cli')).toMatchObject({ status: 403 });
    expect(seen).toEqual([]);
  });

  test('the journal has no token', async () => {
    await logIn(await getToken());
    await call();
    const text = JSON.stringify(mwaa.journal);
    expect(mwaa.journal.map(({ kind, status }) => `${kind} ${status}`)).toEqual([
      'web-token 200',
      'login 302',
      'rest 200',
    ]);
    expect(tokens.length).toBeGreaterThan(0);
    expect(tokens.filter((token) => text.includes(token))).toEqual([]);
  });

  test.each([
    ['replay', 'there is no Python'],
    ['none', 'it has none'],
  ])('without a web server: 503 that says so (%s)', async (environment, reason) => {
    expect(await call({}, environment)).toMatchObject({
      status: 503,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body: `The stand-in for MWAA has no Airflow web server for this environment: ${reason}`,
    });
  });

  test('502 if the web server does not accept the connection', async () => {
    isRunning = false;
    expect(await call()).toMatchObject({ status: 502, body: expect.stringContaining('Bad Gateway') });
  });

  describe('faults', () => {
    const observe = (action: () => Promise<Observed>) =>
      action().then(
        ({ status, body }) => `${status} ${body.replaceAll(/\s+/g, ' ').slice(0, 60)}`,
        ({ code }: NodeJS.ErrnoException) => code,
      );

    test.each<[FaultName, observed: RegExp, callsSeen: number]>([
      ['rest-401-always', /^401 <html>/, 0],
      ['rest-login-redirect', /^302 $/, 0],
      ['rest-login-page', /^200 <html> <head><title>200 Sign In/, 0],
      ['rest-reset-before-run', /^ECONNRESET$/, 0],
      ['rest-reset-after-run', /^ECONNRESET$/, 1],
      ['rest-503', /^503 <html>/, 0],
      ['rest-504-after-run', /^504 <html>/, 1],
      ['rest-slow-answer', /^timeout$/, 1],
      ['rest-hang-in-body', /^timeout$/, 1],
      ['rest-huge-answer', /^200 \{"text":"xxx/, 1],
      ['rest-login-404', /^200 \{"dags"/, 1],
      ['html-200', /^200 \{"dags"/, 1],
    ])('%s of a call', async (fault, observed, callsSeen) => {
      await mwaa.setFault(fault);
      if (String(observed).includes('timeout')) patienceMs = 500;
      expect(await observe(() => call())).toMatch(observed);
      expect(seen).toHaveLength(callsSeen);
    });

    test.each<[FaultName, observed: RegExp, setCookies: number]>([
      ['rest-login-404', /^404/, 2],
      ['rest-login-no-cookie', /^200/, 0],
      ['rest-401-always', /^302/, 2],
    ])('%s of a login', async (fault, observed, setCookies) => {
      const token = await getToken();
      await mwaa.setFault(fault);
      const answer = await logIn(token);
      expect(String(answer.status)).toMatch(observed);
      expect(answer.headers['set-cookie'] ?? []).toHaveLength(setCookies);
    });

    test.each<[FaultName, header: string, seenSession: string]>([
      ['rest-session-expired', 'cookie', 'none'],
      ['rest-session-expired', 'authorization', 'none'],
      ['rest-session-damaged', 'cookie', 'session=damaged'],
      ['rest-session-damaged', 'authorization', 'Bearer damaged'],
    ])('%s: the sessions so far, in the header %s', async (fault, header, seenSession) => {
      const logInAs = async () => {
        const [line = ''] = (await logIn(await getToken())).headers['set-cookie'] as string[];
        const [, value] = /^session=(\w+)/.exec(line) ?? [];
        return header === 'cookie' ? `session=${value}` : `Bearer ${value}`;
      };
      const old = await logInAs();
      await mwaa.setFault(fault);
      const later = await logInAs();
      seen = [];
      await call({ [header]: old });
      await call({ [header]: later });
      expect(seen).toEqual([`GET /api/v1/dags?limit=1 ${seenSession}`, `GET /api/v1/dags?limit=1 ${later}`]);
    });
  });
});
