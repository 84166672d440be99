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
/** How long a client waits for a response before it disconnects. If the fault lets the command run, the time starts after that. */
const CLIENT_TIMEOUT_MS = 1_000;
const HUGE_RESPONSE_TIMEOUT_MS = 60_000;

/** What a client observes: status and body, the location of a redirect, an error code, or `timeout`. */
type ObservedFault = string;

describe('a fault', () => {
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

  const token = async () => JSON.parse((await send(TOKEN_API, '/clitoken/one')).slice(4)).CliToken as string;
  const post = async (bearer: string, text = 'dags list', agent?: Agent, signal?: AbortSignal) =>
    send(mwaa.hostnames.one as string, '/aws_mwaa/cli', { bearer, text, agent, signal });

  /**
   * Returns what a client observes that waits until Airflow has run `runs` commands, waits a while for a response, and then disconnects.
   */
  async function observeUntilTimeout(
    sendRequest: (signal: AbortSignal) => Promise<ObservedFault>,
    runs: number,
  ): Promise<ObservedFault> {
    const disconnect = new AbortController();
    const response = sendRequest(disconnect.signal);
    while (commands.length < runs) await delay(5);
    const observed = await Promise.race([response, delay(CLIENT_TIMEOUT_MS, 'timeout')]);
    disconnect.abort();
    return observed;
  }
  const postUntilTimeout = (bearer: string, runs: number) =>
    observeUntilTimeout((signal) => post(bearer, 'dags list', undefined, signal), runs);

  function send(
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
    return new Promise((resolve) => {
      const options = { host, port, servername: hostname, ca, path, headers, method: 'POST', agent, signal };
      let received = '';
      const outgoing = request(options, (response) => {
        const { statusCode, headers } = response;
        received = `${statusCode} `;
        response.setEncoding('utf8').on('data', (chunk) => {
          received += chunk;
        });
        response.on('error', () => {}); // the request reports it too
        response.on('end', () =>
          resolve(headers.location === undefined ? received : `${statusCode} ${headers.location}`),
        );
      });
      outgoing.on('error', ({ code = '' }: NodeJS.ErrnoException) => resolve(`${received}${received && ' '}${code}`));
      outgoing.end(text);
    });
  }

  const COMPLETE_BODY = JSON.stringify({ stdout: Buffer.from('[]').toString('base64'), stderr: '' });

  test.each<[FaultName, RegExp, runs: number]>([
    ['reset-before-tls', /^ECONNRESET$/, 0],
    ['tls-hang', /^timeout$/, 0],
    ['tls-untrusted', /SIGNATURE|SELF_SIGNED|UNABLE_TO_VERIFY/, 0],
    ['tls-wrong-name', /^ERR_TLS_CERT_ALTNAME_INVALID$/, 0],
    ['reset-before-read', /^ECONNRESET$/, 0],
    ['reset-before-run', /^ECONNRESET$/, 0],
    ['hang-before-run', /^timeout$/, 0],
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
    ['hang-before-headers', /^timeout$/, 1],
    ['hang-in-body', /^timeout$/, 1],
    ['reset-in-body', /^200 .{10,24} ECONNRESET$/, 1],
    ['slow-answer', /^timeout$/, 1],
    ['504-after-run', /^504 <html>/, 1],
    ['empty-body', /^200 $/, 1],
    ['truncated-json', /^200 \{"stdout":"[^}]*$/, 1],
    ['bad-base64', /^200 \{"stdout":"%%% no base64 %%%","stderr":"%"\}$/, 1],
    ['wrong-types', /^200 \{"stdout":7,"stderr":\["x"\]\}$/, 1],
    ['null-streams', /^200 \{"stdout":null,"stderr":null\}$/, 1],
    ['lost-stdout', /^200 \{"stdout":null,"stderr":""\}$/, 1],
    ['returncode', /^200 \{.*"returncode":0\}$/, 1],
    ['function-crash', /^timeout$/, 1],
    ['function-frozen', /^timeout$/, 1],
  ])('%s is observed as %s, and Airflow runs %i times', async (fault, observed, runs) => {
    const bearer = await token();
    await mwaa.setFault(fault);

    expect(await (observed.test('timeout') ? postUntilTimeout(bearer, runs) : post(bearer))).toMatch(observed);
    expect(commands).toHaveLength(runs);

    await mwaa.setFault();
    expect(await post(bearer)).toBe(`200 ${COMPLETE_BODY}`);
  });

  test(
    'huge-answer returns 50 MB that start with the output of the command',
    async () => {
      const bearer = await token();
      await mwaa.setFault('huge-answer');
      const observed = await send(mwaa.hostnames.one as string, '/aws_mwaa/cli', {
        bearer,
        text: 'dags list',
      });

      expect(observed.length).toBeGreaterThan(50 * 1024 * 1024);
      const { stdout } = JSON.parse(observed.slice(4)) as { stdout: string };
      expect(Buffer.from(stdout.slice(0, 1024), 'base64').toString()).toMatch(/^\[\]xxx/);
    },
    HUGE_RESPONSE_TIMEOUT_MS,
  );

  test.each<[FaultName, RegExp]>([
    ['token-tls-untrusted', /SIGNATURE|SELF_SIGNED|UNABLE_TO_VERIFY/],
    ['token-reset', /^ECONNRESET$/],
    ['token-hang', /^timeout$/],
    ['token-throttled', /^400 \{"message":"Rate exceeded"\}$/],
    ['token-missing-permission', /^403 \{"message":"User is not authorized/],
    ['token-no-environment', /^404 /],
    ['token-unavailable', /^503 /],
    ['token-malformed-answer', /^200 <html>/],
    ['token-incomplete-answer', /^200 \{"CliToken":"a\.b\.c"\}$/],
  ])('%s is observed as %s', async (fault, observed) => {
    await mwaa.setFault(fault);
    const sendRequest = (signal?: AbortSignal) => send(TOKEN_API, '/clitoken/one', { signal });
    expect(await (observed.test('timeout') ? observeUntilTimeout(sendRequest, 0) : sendRequest())).toMatch(observed);

    await mwaa.setFault();
    expect(await post(await token())).toBe(`200 ${COMPLETE_BODY}`);
  });

  test.each<[FaultName, number]>([
    ['name-resolution', 1],
    ['connect-refused', 1],
    ['connect-hang', 1],
    ['token-name-resolution', 0],
  ])('%s changes the entry of its host in the network', async (fault, host) => {
    const keys = Object.keys(mwaa.network);
    const changed = { unresolved: null, refused: 'refused', silent: 'silent' }[
      (FAULTS[fault] as { reachability: 'unresolved' | 'refused' | 'silent' }).reachability
    ];
    expect(mwaa.getCurrentNetwork()).toEqual(mwaa.network);

    await mwaa.setFault(fault);
    const [key = ''] = keys.filter((name) => name.startsWith(TOKEN_API) === (host === 0));
    expect(mwaa.getCurrentNetwork()).toMatchObject({ ...mwaa.network, [key]: changed });
  });

  test('affects as many requests as maxHits allows', async () => {
    const bearer = await token();
    await mwaa.setFault('500-before-run', { maxHits: 2 });
    const observed = [await post(bearer), await post(bearer), await post(bearer)];

    expect(observed.map((response) => response.slice(0, 3))).toEqual(['500', '500', '200']);
    expect(mwaa.journal.filter(({ kind }) => kind === 'cli').map(({ faultName }) => faultName)).toEqual([
      '500-before-run',
      '500-before-run',
      undefined,
    ]);
  });

  test('403-command rejects commands except version', async () => {
    const bearer = await token();
    await mwaa.setFault('403-command');

    expect((await post(bearer, 'version')).slice(0, 3)).toBe('200');
    expect((await post(bearer, 'dags list')).slice(0, 3)).toBe('403');
  });

  test('token-revoked rejects earlier tokens and accepts new ones', async () => {
    const bearer = await token();
    await mwaa.setFault('token-revoked');

    expect((await post(bearer)).slice(0, 3)).toBe('403');
    expect((await post(await token())).slice(0, 3)).toBe('200');
  });

  test('token-expires-in-flight issues one expired token, and onToken receives every token', async () => {
    await mwaa.setFault('token-expires-in-flight');
    const [expired, valid] = [await token(), await token()];

    expect((await post(expired)).slice(0, 3)).toBe('403');
    expect((await post(valid)).slice(0, 3)).toBe('200');
    expect(tokens.slice(-2)).toEqual([expired, valid]);
  });

  test('closes existing connections, so that it affects the next request', async () => {
    const bearer = await token();
    const agent = new Agent({ keepAlive: true, ca });
    expect((await post(bearer, 'dags list', agent)).slice(0, 3)).toBe('200');

    await mwaa.setFault('reset-before-tls');
    expect(await post(bearer, 'dags list', agent)).toBe('ECONNRESET');
    agent.destroy();
  });

  test('function-crash signals the functions after the command has run', async () => {
    await mwaa.setFault('function-crash');
    await postUntilTimeout(await token(), 1);

    expect(signals.at(-1)).toBe('SIGKILL');
  });
});

test('formatFaultList lists every fault with its description', () => {
  const lines = formatFaultList().split('\n');

  expect(lines).toHaveLength(Object.keys(FAULTS).length);
  expect(lines.find((line) => line.includes('slow-answer'))).toMatch(/^ {2}slow-answer +the command runs/);
  expect(lines.every((line) => line.length <= 120)).toBe(true);
});

test.each([
  ['slow-answer', true],
  ['toString', false],
  ['', false],
])('isFaultName(%j) is %s', (name, expected) => {
  expect(isFaultName(name)).toBe(expected);
});
