import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AirflowRunner } from '../../../../local/airflow/airflow-runner.ts';
import { type MwaaOptions, type MwaaStandIn, startMwaa } from '../../../../local/mwaa/start.ts';

const region = 'eu-west-1';
const caller = { arn: 'arn:aws:iam::111122223333:user/someone' };

describe('the web server', () => {
  let folder: string;
  let mwaa: MwaaStandIn;
  const started: MwaaStandIn[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stand-in-'));
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map((standIn) => standIn.close()));
    await rm(folder, { recursive: true, force: true });
  });

  const start = async (
    release: string,
    run: AirflowRunner['run'] = echo,
    options: Partial<MwaaOptions<typeof caller>> = {},
  ) => {
    const runner: AirflowRunner = { kind: 'real', release, run, close: async () => {} };
    mwaa = await startMwaa({
      region,
      account: '111122223333',
      environments: [{ name: 'one', runner }],
      verifySignature: async () => ({ ok: true, principal: caller }),
      isAllowed: () => true,
      caDir: folder,
      ...options,
    });
    started.push(mwaa);
  };
  const token = async () => {
    const { body } = await callWebServer(mwaa, `env.airflow.${region}.amazonaws.com`, '/clitoken/one');
    return (JSON.parse(body) as { CliToken: string }).CliToken;
  };
  const post = async (path: string, text = 'version', headers: Record<string, string> = {}, method = 'POST') =>
    callWebServer(mwaa, mwaa.hostnames.one as string, path, {
      method,
      body: text,
      headers: { Authorization: `Bearer ${await token()}`, 'Content-Type': 'text/plain', ...headers },
    });

  test.each([
    ['1.10.12', 'POST', '/aws_mwaa/cli', 200],
    ['2.10.3', 'POST', '/aws_mwaa/cli', 200],
    ['2.10.3', 'POST', '/aws_mwaa/cli/', 404],
    ['2.10.3', 'PUT', '/aws_mwaa/cli', 405],
    ['2.10.3', 'POST', '/', 404],
    ['3.0.6', 'POST', '/aws_mwaa/cli', 307],
    ['3.0.6', 'POST', '/aws_mwaa/cli/', 200],
    ['3.3.1', 'POST', '/aws_mwaa/cli/', 200],
  ])('of Airflow %s responds to %s %s with %i', async (release, method, path, status) => {
    await start(release);

    expect((await post(path, 'version', {}, method)).status).toBe(status);
  });

  test.each([
    ['2.10.3', '/aws_mwaa/cli', 200],
    ['3.0.6', '/aws_mwaa/cli/', 415],
  ])('of Airflow %s responds to another content type at %s with %i', async (release, path, status) => {
    await start(release);

    expect((await post(path, 'version', { 'Content-Type': 'application/json' })).status).toBe(status);
  });

  test('redirects to a path if behavior.redirect is relative', async () => {
    await start('3.0.6', echo, { behavior: { redirect: 'relative' } });

    expect((await post('/aws_mwaa/cli')).headers.location).toBe('/aws_mwaa/cli/');
  });

  test('rejects the commands in behavior.rejectedCommands', async () => {
    await start('2.10.3', echo, { behavior: { rejectedCommands: { 'dags report': 403 } } });

    expect((await post('/aws_mwaa/cli', 'dags report')).status).toBe(403);
  });

  test('counts concurrent commands and returns 503 beyond the limit', async () => {
    const finish: (() => void)[] = [];
    const runUntilFinished: AirflowRunner['run'] = () =>
      new Promise((resolve) => finish.push(() => resolve(createResult('finished'))));
    await start('2.10.3', runUntilFinished, { behavior: { maxConcurrentCommands: 2 } });

    const running = [post('/aws_mwaa/cli'), post('/aws_mwaa/cli')];
    while (finish.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    const third = await post('/aws_mwaa/cli');
    for (const finishCommand of finish) finishCommand();

    expect(third.status).toBe(503);
    expect((await Promise.all(running)).map(({ status }) => status)).toEqual([200, 200]);
    expect(mwaa.getMaxConcurrent('one')).toBe(2);
  });

  test('records a command in the journal while it runs, and the error of the runner', async () => {
    await start('2.10.3', async () => {
      expect(mwaa.journal.at(-1)).toMatchObject({ commandText: 'version', status: null });
      throw new Error('no Airflow');
    });

    expect((await post('/aws_mwaa/cli')).status).toBe(500);
    expect(mwaa.journal.at(-1)).toMatchObject({ commandText: 'version', status: 500, standInError: 'no Airflow' });
  });

  test('is replaced by wrapListener', async () => {
    await start('2.10.3', echo, {
      wrapListener: (hostname, listener) =>
        hostname.startsWith('env.') ? listener : (_, response) => void response.writeHead(504).end(),
    });

    expect((await post('/aws_mwaa/cli')).status).toBe(504);
  });

  test('aborts running commands when the stand-in closes', async () => {
    let aborted = false;
    await start('2.10.3', (_, signal) => {
      setTimeout(() => void mwaa.close(), 10);
      return new Promise((resolve) =>
        signal?.addEventListener('abort', () => {
          aborted = true;
          resolve({ ...createResult(''), exitCode: null });
        }),
      );
    });

    await expect(post('/aws_mwaa/cli')).rejects.toThrow();
    expect(aborted).toBe(true);
  });

  test('writes the certificate of its authority without the private key', async () => {
    await start('2.10.3');

    const certificate = await readFile(mwaa.caFile, 'utf8');
    expect(certificate).toMatch(/^-----BEGIN CERTIFICATE-----/);
    expect(certificate).not.toContain('PRIVATE');
  });
});

const createResult = (text: string) => ({ exitCode: 0, stdout: Buffer.from(text), stderr: Buffer.alloc(0) });
const echo: AirflowRunner['run'] = async (text) => createResult(text);

async function callWebServer(
  mwaa: MwaaStandIn,
  hostname: string,
  path: string,
  {
    method = 'POST',
    headers = {},
    body = '',
  }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<{ status: number; headers: Record<string, unknown>; body: string }> {
  const ca = await readFile(mwaa.caFile);
  const [host, port] = (mwaa.network[`${hostname}:443`] as string).split(':');
  return new Promise((resolve, reject) => {
    const options = { host, port, servername: hostname, ca, method, path, headers: { Host: hostname, ...headers } };
    const outgoing = request(options, async (response) => {
      let received = '';
      for await (const chunk of response.setEncoding('utf8')) received += chunk;
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: received });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
