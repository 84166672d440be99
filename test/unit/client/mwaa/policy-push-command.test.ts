import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { sha256 } from '../../../../client/mwaa/policy/policy-object.ts';
import { runMwaa } from '../../../../client/mwaa/run-mwaa.ts';
import { formatStoredPolicy } from '../../../../config/stored-policy.ts';
import { createRecordedTerminal } from '../../../create-recorded-terminal.ts';

const ROLE = 'arn:aws:iam::111122223333:role/team';
const ADDRESS = 's3://policies/policy.json';
const folder = mkdtempSync(join(tmpdir(), 'push-'));
const file = join(folder, 'policy.yaml');

/** S3 with one object, as far as `mwaa policy` uses it. */
let stored: string | undefined;
let answer: { status: number; code: string; headers?: Record<string, string> } | undefined;
let beforeWrite = () => {};
const requests: { method: string; url: string; headers: IncomingMessage['headers'] }[] = [];
let server: Server;
let endpoint: string;

const getEtag = (text: string) => `"${sha256(text).slice(0, 32)}"`;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    const body = await readText(request);
    requests.push({ method, url, headers });
    const send = (status: number, code: string, more: Record<string, string> = {}) =>
      response.writeHead(status, more).end(`<Error><Code>${code}</Code></Error>`);
    if (answer !== undefined) return send(answer.status, answer.code, answer.headers);
    if (method === 'GET') {
      return stored === undefined
        ? send(404, 'NoSuchKey')
        : response.writeHead(200, { etag: getEtag(stored) }).end(stored);
    }
    beforeWrite();
    const etag = stored === undefined ? undefined : getEtag(stored);
    const isExpected = headers['if-none-match'] === '*' ? etag === undefined : headers['if-match'] === etag;
    if (etag === undefined && headers['if-match'] !== undefined) return send(404, 'NoSuchKey');
    if (!isExpected) return send(412, 'PreconditionFailed');
    stored = body;
    return response.writeHead(200).end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  endpoint = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
});
afterAll(async () => {
  await new Promise((closed) => server.close(closed).closeAllConnections());
  rmSync(folder, { recursive: true });
});
afterEach(() => {
  stored = undefined;
  answer = undefined;
  beforeWrite = () => {};
  requests.length = 0;
});

async function run(args: string[], more: NodeJS.ProcessEnv = {}) {
  const { terminal, written } = createRecordedTerminal({
    AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL_S3: endpoint,
    ...more,
  });
  return { exitCode: await runMwaa(['policy', ...args], terminal), ...written };
}

function push(rules: string, ...more: string[]) {
  writeFileSync(file, `environment: prod\nairflow: 2.10.3\ngrants: [{ who: "${ROLE}", may: [${rules}] }]\n`);
  return run(['push', file, '--to', ADDRESS, ...more]);
}

test('the first push has version 1, the next ones count up, and each shows what changes', async () => {
  expect(await push('version')).toEqual({
    exitCode: 0,
    stderr: '',
    stdout: expect.stringMatching(`^\\+ ${ROLE} may: version\nversion 1 is stored \\(digest [0-9a-f]{64}\\)`),
  });
  expect(await push('dags list')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(`^- ${ROLE} may: version\n\\+ ${ROLE} may: dags list\nversion 2 is stored`),
  });
  expect(JSON.parse(stored!)).toMatchObject({ version: 2, environment: 'prod', airflow: ['2.10.3'] });
  expect(requests.map(({ method, headers }) => [method, headers['if-none-match'], headers['if-match']])).toEqual([
    ['GET', undefined, undefined],
    ['PUT', '*', undefined],
    ['GET', undefined, undefined],
    ['PUT', undefined, expect.stringMatching(/^"/)],
  ]);
  for (const { url, headers } of requests) {
    expect(url).toBe('/policies/policy.json');
    expect(headers.authorization).toMatch(/Credential=AKIAEXAMPLE\/\d{8}\/eu-west-1\/s3\/aws4_request/);
  }
});

test('what is stored already is not stored again', async () => {
  await push('version');
  requests.length = 0;
  expect(await push('version')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^version 1 already grants/),
  });
  expect(requests.map(({ method }) => method)).toEqual(['GET']);
});

test.each([
  ['a first policy', false],
  ['a later one', true],
])('of two operators who push %s at the same moment, one fails and is told so', async (_what, isLater) => {
  if (isLater) await push('version');
  const other = formatStoredPolicy({ environment: 'prod', airflow: ['2.10.3'], grants: [] }, 2, sha256);
  beforeWrite = () => {
    stored = other;
  };
  expect(await push('dags list')).toMatchObject({
    exitCode: 1,
    stderr: 'mwaa policy push: somebody else has pushed a policy at the same time. Look at it, and push again.\n',
  });
  expect(stored).toBe(other);
});

test('--replaces stores nothing in place of another version', async () => {
  expect(await push('version', '--replaces', '0')).toMatchObject({ exitCode: 0 });
  expect(await push('dags list', '--replaces', '0')).toMatchObject({
    exitCode: 1,
    stderr: 'mwaa policy push: version 1 is stored, and not 0. Nothing was stored.\n',
  });
  expect(await push('dags list', '--replaces', '1')).toMatchObject({ exitCode: 0 });
  expect(await push('version', '--replaces', 'x')).toMatchObject({ exitCode: 2 });
});

test('an invalid file is not even compared with what is stored', async () => {
  expect(await push('dags lst')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('policy.yaml:3:') });
  expect(requests).toEqual([]);
});

test('warnings are printed, and do not prevent the push', async () => {
  expect(await push('variables get *')).toMatchObject({
    exitCode: 0,
    stderr: expect.stringMatching(/^warning {2}.*policy\.yaml:3:\d+ {2}grants\[0\]\.may\[0\] {2}/),
  });
});

test.each([
  ['something else', '<html>', /what is stored is no valid policy: it is not JSON\. Replace it with --force\./],
  [
    'the policy of another environment',
    formatStoredPolicy({ environment: 'other', airflow: ['2.10.3'], grants: [] }, 4, sha256),
    /the stored policy is for other, and this one for prod/,
  ],
])('%s is replaced only with --force', async (_what, text, message) => {
  stored = text;
  expect(await push('version')).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(message) });
  expect(stored).toBe(text);
  expect(await push('version', '--force')).toMatchObject({ exitCode: 0 });
  expect(JSON.parse(stored!)).toMatchObject({ environment: 'prod' });
});

test('--dry-run stores nothing', async () => {
  expect(await push('version', '--dry-run')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('version 1 would be stored'),
  });
  expect(stored).toBeUndefined();
});

test.each([
  [{ status: 403, code: 'AccessDenied' }, /S3 denies access \(AccessDenied\)\. The role needs s3:GetObject/],
  [{ status: 404, code: 'NoSuchBucket' }, /there is no bucket policies/],
  [
    { status: 301, code: 'PermanentRedirect', headers: { 'x-amz-bucket-region': 'eu-central-1' } },
    /the bucket policies is in eu-central-1\. Set --region\./,
  ],
  [{ status: 503, code: 'SlowDown' }, /S3 answered 503 SlowDown/],
])('an error of S3 says what to do: %j', async (failure, message) => {
  answer = failure;
  expect(await push('version')).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(message) });
  expect(await run(['show', ADDRESS])).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(message) });
});

test.each([
  [['push', 'a.yaml'], /--to s3:\/\/BUCKET/],
  [['push', '--to', ADDRESS], /exactly one policy file/],
  [['push', 'a.yaml', '--to', 'https://policies/policy.json'], /is not an address like s3:/],
  [['push', 'a.yaml', '--to', 's3://a.b/policy.json'], /is not an address/],
  [['push', '/nowhere.yaml', '--to', ADDRESS], /cannot be read \(ENOENT\)/],
  [['show'], /Specify the address/],
  [['show', '/nowhere.json'], /cannot be read/],
  [['test', 'x.yaml', '--policy', ADDRESS, '--config', 'x'], /either --config or --policy/],
])('%j is invalid usage', async (args, message) => {
  expect(await run(args)).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(message) });
});

test('no policy, and a copy of an older one, are shown', async () => {
  expect(await run(['show', ADDRESS])).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('no policy is stored'),
  });
  await push('version');
  const copy = join(folder, 'copy.json');
  writeFileSync(copy, stored!);
  const shown = await run(['show', copy]);
  expect(shown).toEqual(await run(['show', ADDRESS]));
  expect(await run(['show', ADDRESS, '--json'])).toMatchObject({ stdout: stored });
});

test('without credentials or a region, the message says what to set', async () => {
  writeFileSync(file, 'environment: prod\nairflow: 2.10.3\n');
  const push = ['push', file, '--to', ADDRESS];
  expect(await run(push, { AWS_SECRET_ACCESS_KEY: 'a "b"' })).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('contain quotes or spaces'),
  });
});
