import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AirflowRunner } from '../../../../local/airflow/airflow-runner.ts';
import { FAULTS, type FaultName, formatFaultList, isFaultName } from '../../../../local/mwaa/faults.ts';
import { type MwaaStandIn, startMwaa } from '../../../../local/mwaa/start.ts';

const TOKEN_API = 'env.airflow.eu-west-1.amazonaws.com';
/** A client takes it for a hang where no answer comes for so long after the command has run, if it is to run. */
const CLIENT_TIMEOUT_MS = 1_000;

/** What a client sees: a status and what the body begins with, an error's code, or nothing. */
type ObservedFault = string;

describe('faults, with a runner of two lines', () => {
  let folder: string;
  let mwaa: MwaaStandIn;
  let ca: Buffer;
  let commands: string[] = [];
  const signals: string[] = [];
  const tokens: string[] = [];
  const runner: AirflowRunner = {
    kind: 'real',
    release: '2.10.3',
    run: async (text) => {
      commands.push(text);
      return { exitCode: 0, stdout: Buffer.from('[]'), stderr: Buffer.alloc(0) };
    },
    close: async () => {},
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'faults-'));
    mwaa = await startMwaa({
      region: 'eu-west-1',
      account: '111122223333',
      environments: [{ name: 'one', runner, behavior: { printsLogNotice: false } }],
      verifySignature: async () => ({ ok: true, principal: { arn: 'arn:aws:iam::111122223333:user/someone' } }),
      isAllowed: () => true,
      signalFunctions: (signal) => signals.push(signal),
      onToken: (token) => tokens.push(token),
      caDir: folder,
    });
    ca = await readFile(mwaa.caFile);
  });
  beforeEach(async () => {
    await mwaa.setFault();
    commands = [];
    mwaa.journal.length = 0;
  });
  afterAll(async () => {
    await mwaa.close();
    await rm(folder, { recursive: true, force: true });
  });

  const token = async () => JSON.parse((await ask(TOKEN_API, '/clitoken/one')).slice(4)).CliToken as string;
  const post = async (bearer: string, text = 'dags list', agent?: Agent, signal?: AbortSignal) =>
    ask(mwaa.hostnames.one as string, '/aws_mwaa/cli', { bearer, text, agent, signal });

  /** What a client sees that hangs up a while after Airflow has run so many commands. */
  async function observeHang(
    send: (signal: AbortSignal) => Promise<ObservedFault>,
    runs: number,
  ): Promise<ObservedFault> {
    const hangUp = new AbortController();
    const observed = send(hangUp.signal);
    while (commands.length < runs) await delay(5);
    const seen = await Promise.race([observed, delay(CLIENT_TIMEOUT_MS, 'nothing')]);
    hangUp.abort();
    return seen;
  }
  const postInVain = (bearer: string, runs: number) =>
    observeHang((signal) => post(bearer, 'dags list', undefined, signal), runs);

  function ask(
    hostname: string,
    path: string,
    {
      bearer = '',
      text = '',
      agent,
      signal,
    }: { bearer?: string; text?: string; agent?: Agent | undefined; signal?: AbortSignal | undefined } = {},
  ): Promise<ObservedFault> {
    const [host, port] = (mwaa.network[`${hostname}:443`] as string).split(':');
    const headers = { Host: hostname, Authorization: `Bearer ${bearer}`, 'Content-Type': 'text/plain' };
    return new Promise((done) => {
      const options = { host, port, servername: hostname, ca, path, headers, method: 'POST', agent, signal };
      let received = '';
      const sent = request(options, (response) => {
        const { statusCode, headers } = response;
        received = `${statusCode} `;
        response.setEncoding('utf8').on('data', (chunk) => {
          received += chunk;
        });
        response.on('error', () => {}); // told by the request, too
        response.on('end', () => done(headers.location === undefined ? received : `${statusCode} ${headers.location}`));
      });
      sent.on('error', ({ code = '' }: NodeJS.ErrnoException) => done(`${received}${received && ' '}${code}`));
      sent.end(text);
    });
  }

  const WHOLE = JSON.stringify({ stdout: Buffer.from('[]').toString('base64'), stderr: '' });

  test.each<[FaultName, RegExp, runs: number]>([
    ['reset-before-tls', /^ECONNRESET$/, 0],
    ['tls-hang', /^nothing$/, 0],
    ['tls-untrusted', /SIGNATURE|SELF_SIGNED|UNABLE_TO_VERIFY/, 0],
    ['tls-wrong-name', /^ERR_TLS_CERT_ALTNAME_INVALID$/, 0],
    ['reset-before-read', /^ECONNRESET$/, 0],
    ['reset-before-run', /^ECONNRESET$/, 0],
    ['hang-before-run', /^nothing$/, 0],
    ['redirect-elsewhere', /^307 https:\/\/elsewhere\.example\.com\/aws_mwaa\/cli$/, 0],
    ['redirect-http', /^307 http:\/\/[\w-]+\.c1\.eu-west-1\.airflow\.amazonaws\.com\/aws_mwaa\/cli$/, 0],
    ['redirect-loop', /^307 https:\/\/[\w-]+\.c1\.eu-west-1\.airflow\.amazonaws\.com\/aws_mwaa\/cli$/, 0],
    ['401-always', /^401 <html>/, 0],
    ['403-once', /^403 <html>/, 0],
    ['403-command', /^403 <html>/, 0],
    ['500-before-run', /^500 <html>/, 0],
    ['503-always', /^503 <html>/, 0],
    ['html-200', /^200 <html>/, 0],
    ['reset-after-run', /^ECONNRESET$/, 1],
    ['hang-before-headers', /^nothing$/, 1],
    ['hang-in-body', /^nothing$/, 1],
    ['reset-in-body', /^200 .{10,24} ECONNRESET$/, 1],
    ['slow-answer', /^nothing$/, 1],
    ['504-after-run', /^504 <html>/, 1],
    ['empty-body', /^200 $/, 1],
    ['truncated-json', /^200 \{"stdout":"[^}]*$/, 1],
    ['bad-base64', /^200 \{"stdout":"%%% no base64 %%%","stderr":"%"\}$/, 1],
    ['wrong-types', /^200 \{"stdout":7,"stderr":\["x"\]\}$/, 1],
    ['null-streams', /^200 \{"stdout":null,"stderr":null\}$/, 1],
    ['lost-stdout', /^200 \{"stdout":null,"stderr":""\}$/, 1],
    ['returncode', /^200 \{.*"returncode":0\}$/, 1],
    ['function-crash', /^nothing$/, 1],
    ['function-frozen', /^nothing$/, 1],
  ])('%s: %s, %i run', async (fault, seen, runs) => {
    const bearer = await token();
    await mwaa.setFault(fault);

    expect(await (seen.test('nothing') ? postInVain(bearer, runs) : post(bearer))).toMatch(seen);
    expect(commands).toHaveLength(runs);

    await mwaa.setFault();
    expect(await post(bearer)).toBe(`200 ${WHOLE}`);
  });

  test('fifty megabytes, with the answer at their beginning', async () => {
    const bearer = await token();
    await mwaa.setFault('huge-answer');
    const seen = await post(bearer);

    expect(seen.length).toBeGreaterThan(50 * 1024 * 1024);
    const { stdout } = JSON.parse(seen.slice(4)) as { stdout: string };
    expect(Buffer.from(stdout.slice(0, 1024), 'base64').toString()).toMatch(/^\[\]xxx/);
  });

  test.each<[FaultName, RegExp]>([
    ['token-tls-untrusted', /SIGNATURE|SELF_SIGNED|UNABLE_TO_VERIFY/],
    ['token-reset', /^ECONNRESET$/],
    ['token-hang', /^nothing$/],
    ['token-throttled', /^400 \{"message":"Rate exceeded"\}$/],
    ['token-missing-permission', /^403 \{"message":"User is not authorized/],
    ['token-no-environment', /^404 /],
    ['token-unavailable', /^503 /],
    ['token-malformed-answer', /^200 <html>/],
    ['token-incomplete-answer', /^200 \{"CliToken":"a\.b\.c"\}$/],
  ])('%s: %s', async (fault, seen) => {
    await mwaa.setFault(fault);
    const asking = (signal?: AbortSignal) => ask(TOKEN_API, '/clitoken/one', { signal });
    expect(await (seen.test('nothing') ? observeHang(asking, 0) : asking())).toMatch(seen);

    await mwaa.setFault();
    expect(await post(await token())).toBe(`200 ${WHOLE}`);
  });

  test.each<[FaultName, number]>([
    ['name-resolution', 1],
    ['connect-refused', 1],
    ['connect-hang', 1],
    ['token-name-resolution', 0],
  ])('%s is in the network', async (fault, host) => {
    const keys = Object.keys(mwaa.network);
    const changed = { unresolved: null, refused: 'refused', silent: 'silent' }[
      (FAULTS[fault] as { reachability: 'unresolved' | 'refused' | 'silent' }).reachability
    ];
    expect(mwaa.getCurrentNetwork()).toEqual(mwaa.network);

    await mwaa.setFault(fault);
    const [key = ''] = keys.filter((one) => one.startsWith(TOKEN_API) === (host === 0));
    expect(mwaa.getCurrentNetwork()).toMatchObject({ ...mwaa.network, [key]: changed });
  });

  test('strikes as often as it is told to', async () => {
    const bearer = await token();
    await mwaa.setFault('500-before-run', { maxHits: 2 });
    const seen = [await post(bearer), await post(bearer), await post(bearer)];

    expect(seen.map((one) => one.slice(0, 3))).toEqual(['500', '500', '200']);
    expect(mwaa.journal.filter(({ kind }) => kind === 'cli').map(({ faultName }) => faultName)).toEqual([
      '500-before-run',
      '500-before-run',
      undefined,
    ]);
  });

  test('refuses one command and lets version through', async () => {
    const bearer = await token();
    await mwaa.setFault('403-command');

    expect((await post(bearer, 'version')).slice(0, 3)).toBe('200');
    expect((await post(bearer, 'dags list')).slice(0, 3)).toBe('403');
  });

  test('refuses the tokens of before and takes new ones', async () => {
    const bearer = await token();
    await mwaa.setFault('token-revoked');

    expect((await post(bearer)).slice(0, 3)).toBe('403');
    expect((await post(await token())).slice(0, 3)).toBe('200');
  });

  test('issues one token that has expired, and tells of all', async () => {
    await mwaa.setFault('token-expires-in-flight');
    const [expired, good] = [await token(), await token()];

    expect((await post(expired)).slice(0, 3)).toBe('403');
    expect((await post(good)).slice(0, 3)).toBe('200');
    expect(tokens.slice(-2)).toEqual([expired, good]);
  });

  test('ends the connections there are, so that the next request meets it', async () => {
    const bearer = await token();
    const agent = new Agent({ keepAlive: true, ca });
    expect((await post(bearer, 'dags list', agent)).slice(0, 3)).toBe('200');

    await mwaa.setFault('reset-before-tls');
    expect(await post(bearer, 'dags list', agent)).toBe('ECONNRESET');
    agent.destroy();
  });

  test('sends the functions a signal when the command has run', async () => {
    await mwaa.setFault('function-crash');
    await postInVain(await token(), 1);

    expect(signals.at(-1)).toBe('SIGKILL');
  });
});

test('every fault is listed with what it does', () => {
  const lines = formatFaultList().split('\n');

  expect(lines).toHaveLength(Object.keys(FAULTS).length);
  expect(lines.find((line) => line.includes('slow-answer'))).toMatch(/^ {2}slow-answer +the command is run/);
  expect(lines.every((line) => line.length <= 120)).toBe(true);
});

test.each([
  ['slow-answer', true],
  ['toString', false],
  ['', false],
])('%j is a fault: %s', (name, is) => {
  expect(isFaultName(name)).toBe(is);
});
