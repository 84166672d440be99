/** Validates docs/openapi.yaml with an independent validator, and validates real requests and responses against docs/openapi.yaml. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { installPythonPackages } from '../../local/airflow/install-python-packages.ts';
import { runProcess } from '../../local/airflow/run-process.ts';
import { RECORDED_VALUES } from '../../local/airflow/transcript.ts';
import type { LocalStack } from '../../local/local-stack.ts';
import type { FaultName } from '../../local/mwaa/faults.ts';
import { ISSUER_URL, type OidcIssuer, startOidcIssuer } from './oidc-issuer.ts';
import {
  type ApiRequest,
  type ApiResponse,
  createConfig,
  getProblemCode,
  sendRequest,
  startSmallStack,
} from './small-stack.ts';

const DOCUMENT = parse(readFileSync(new URL('../../docs/openapi.yaml', import.meta.url), 'utf8'));

const packages = await installPythonPackages('checks');
const unavailable = 'unavailable' in packages;
if (unavailable) console.error(`SKIPPED: the check of docs/openapi.yaml: ${packages.unavailable}`);

interface RecordedExchange {
  readonly path: string;
  readonly method: string;
  /** Names and values of the query. */
  readonly query: readonly (readonly [string, string])[];
  readonly request?: { readonly contentType: string; readonly body: string };
  readonly answer: { readonly status: number; readonly contentType: string; readonly body: string };
}

interface SchemaErrors {
  readonly document: readonly string[];
  readonly exchanges: readonly { readonly request: readonly string[]; readonly answer: readonly string[] }[];
}

async function checkDocument(document: unknown, exchanges: readonly RecordedExchange[] = []): Promise<SchemaErrors> {
  const python = join((packages as { bin: string }).bin, 'python');
  const script = fileURLToPath(new URL('check_openapi.py', import.meta.url));
  const input = JSON.stringify({ document, exchanges });
  const { exitCode, stdout, stderr } = await runProcess(python, ['-I', script], { input });
  if (exitCode !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

const MAY =
  'where: "*", may: ["@read", "@health", "dags trigger * --conf=* --run-id=*", "dags pause *", "variables get *", "tasks list *"]';
const CONFIG = createConfig(
  `oidc: { issuer: "${ISSUER_URL}", jwksUri: "${ISSUER_URL}/jwks", audience: mwaa-cli-proxy, requiredClaims: { org: data } }`,
  ', timeouts: { busySeconds: 0 }',
  [
    `who: "arn:aws:iam::111122223333:role/engineer", ${MAY}`,
    `who: "oidc:sub=jo", ${MAY}`,
    'who: "arn:aws:iam::111122223333:role/blind", where: "*", may: [version]',
  ],
);

/** A request, and the expected result: the code of a problem, or 200. The caller is the role `engineer`, unless `by` names another one. */
interface OperationCase extends Omit<ApiRequest, 'caller' | 'body' | 'path'> {
  readonly what: string;
  readonly path: string;
  readonly body?: unknown;
  readonly by?: 'token' | 'nobody' | 'stranger' | 'blind';
  readonly fault?: FaultName;
  readonly expected: 200 | string;
}

const createCliCase = (
  what: string,
  expected: OperationCase['expected'],
  body: unknown,
  options: Partial<OperationCase> = {},
): OperationCase => ({ what, path: '/environments/prod/cli', body, expected, ...options });
/** The DAG is triggered by no other row, so its recorded look-ups show this run. */
const RUN = new URLSearchParams({ dagId: 'fails_on_purpose', runId: RECORDED_VALUES['<run-id>'] });
const createRunCase = (
  what: string,
  expected: OperationCase['expected'],
  query: string,
  options: Partial<OperationCase> = {},
): OperationCase => ({ what, path: `/environments/prod/run?${query}`, expected, ...options });
const KEY = { 'idempotency-key': 'k-1' };
const TRIGGER = { argv: ['dags', 'trigger', 'daily_report', '--conf', { day: '2026-11-22' }] };
const TEXT = { 'content-type': 'text/plain' };

const ROWS: readonly OperationCase[] = [
  { what: 'environments', path: '/environments', expected: 200 },
  { what: 'commands', path: '/environments/prod/commands', expected: 200 },
  { what: 'health', path: '/environments/prod/health', expected: 200 },
  ...['dags list', 'dags delete x', 'dags lits'].map((command) => ({
    what: `explain: ${command}`,
    path: '/environments/prod/explain',
    body: { command },
    expected: 200 as const,
  })),
  createCliCase('a command that lists', 200, { command: 'dags list' }),
  createCliCase('a command without JSON output', 200, { argv: ['version'], format: 'raw' }),
  createCliCase('a plain-text body', 200, 'version', { headers: TEXT }),
  createCliCase('an answer and messages', 200, { command: 'dags list', streams: 'split' }),
  createCliCase('a trigger', 200, { command: 'dags trigger daily_report' }),
  createCliCase('a trigger with a key', 200, TRIGGER, { headers: KEY }),
  createCliCase('numbers in argv', 'invalid-command', { argv: ['dags', 'list', 5, true, [1.5], {}] }),
  createCliCase('an output with a note', 200, { command: 'dags pause no_such_dag' }),
  createCliCase('an unverified outcome', 200, { command: 'tasks list daily_report' }),
  createCliCase('a misleading exit code', 200, { command: 'dags list-import-errors' }),
  createCliCase('a return code', 200, { command: 'version' }, { fault: 'returncode' }),
  createRunCase('a run', 200, `${RUN}`),
  {
    ...createRunCase('a run, with a token', 200, `${RUN}`, { by: 'token' }),
    path: `/oidc/environments/prod/run?${RUN}`,
  },
  createRunCase('a run that does not exist', 'run-not-found', 'dagId=fails_on_purpose&runId=a%20b%2Fc%2B1'),
  createRunCase('a run without an id', 'malformed-request', 'dagId=fails_on_purpose'),
  createRunCase('a run with an empty id', 'malformed-request', 'dagId=fails_on_purpose&runId='),
  createRunCase('a run with two ids', 'malformed-request', `${RUN}&runId=other`),
  createRunCase('a run and an unknown parameter', 'malformed-request', `${RUN}&wait=1`),
  createRunCase('a run with a control character in its id', 'invalid-command', 'dagId=fails_on_purpose&runId=a%00b'),
  createRunCase('a run that the caller may not read', 'not-granted', `${RUN}`, { by: 'blind' }),
  createRunCase('a run, by a caller that the API denies', 'caller-refused', `${RUN}`, { by: 'stranger' }),
  createRunCase('a run, while the web server is unreachable', 'airflow-unreachable', `${RUN}`, {
    fault: 'connect-refused',
  }),
  {
    ...createRunCase('a run in an unknown environment', 'not-found', `${RUN}`),
    path: `/environments/nowhere/run?${RUN}`,
  },
  { what: 'environments, with a token', path: '/oidc/environments', by: 'token', expected: 200 },
  { what: 'commands, with a token', path: '/oidc/environments/prod/commands', by: 'token', expected: 200 },
  { what: 'health, with a token', path: '/oidc/environments/prod/health', by: 'token', expected: 200 },
  ...['cli', 'explain'].map((route) => ({
    what: `${route}, with a token`,
    path: `/oidc/environments/prod/${route}`,
    body: { command: 'version' },
    by: 'token' as const,
    expected: 200 as const,
  })),

  createCliCase('neither command nor argv', 'malformed-request', {}),
  createCliCase('both command and argv', 'malformed-request', { command: 'version', argv: ['version'] }),
  createCliCase('an unknown member', 'malformed-request', { command: 'version', as: 'admin' }),
  createCliCase('null in argv', 'malformed-request', { argv: ['version', null] }),
  createCliCase('an array as command', 'malformed-request', { command: ['version'] }),
  createCliCase('an unknown format', 'malformed-request', { command: 'version', format: 'xml' }),
  createCliCase('a body that is not an object', 'malformed-request', [1]),
  createCliCase('an unsupported content type', 'unsupported-media-type', '<a/>', {
    headers: { 'content-type': 'application/xml' },
  }),
  createCliCase('a misspelled command', 'invalid-command', { command: 'dags lits' }),
  createCliCase('a command that is not granted', 'not-granted', { command: 'dags delete x' }),
  createCliCase('a failed command', 'command-failed', { command: 'variables get missing' }),
  createCliCase('a failed command, with messages', 'command-failed', {
    command: 'variables get missing',
    streams: 'split',
  }),
  createCliCase('an unknown way to return streams', 'malformed-request', { command: 'version', streams: 'none' }),
  createCliCase('a failed trigger', 'command-failed', { command: 'dags trigger no_such_dag' }, { headers: KEY }),
  createCliCase('an unknown environment', 'not-found', { command: 'version' }, { path: '/environments/nowhere/cli' }),
  createCliCase('no signature', 'not-signed', { command: 'version' }, { by: 'nobody' }),
  createCliCase('a caller that the API denies', 'caller-refused', { command: 'version' }, { by: 'stranger' }),
  createCliCase(
    'no token',
    'not-authenticated',
    { command: 'version' },
    { path: '/oidc/environments/prod/cli', by: 'nobody' },
  ),
  createCliCase('throttled token requests', 'token-throttled', { command: 'version' }, { fault: 'token-throttled' }),
  createCliCase(
    'no permission for tokens',
    'token-not-permitted',
    { command: 'version' },
    { fault: 'token-missing-permission' },
  ),
  createCliCase(
    'an unreachable token API',
    'token-unreachable',
    { command: 'version' },
    { fault: 'token-connect-refused' },
  ),
  createCliCase(
    'an unreachable web server',
    'airflow-unreachable',
    { command: 'version' },
    { fault: 'connect-refused' },
  ),
  createCliCase('a busy web server', 'airflow-busy', TRIGGER, { fault: '503-always', headers: KEY }),
  createCliCase('a rejected token', 'token-refused', { command: 'version' }, { fault: '403-always' }),
  createCliCase('a command that MWAA rejects', 'command-refused', { command: 'dags list' }, { fault: '403-command' }),
  createCliCase(
    'a redirect to another host',
    'redirect-refused',
    { command: 'version' },
    { fault: 'redirect-elsewhere' },
  ),
  createCliCase(
    'a lost response',
    'outcome-unknown',
    { command: 'dags trigger daily_report' },
    { fault: '500-after-run' },
  ),
  createCliCase('a lost response of a read', 'airflow-error', { command: 'dags list' }, { fault: '500-after-run' }),
  createCliCase('a missing stream', 'outcome-unclear', { command: 'dags list' }, { fault: 'lost-stdout' }),
  createCliCase('a function that crashes', 'relay-failed', { command: 'version' }, { fault: 'function-crash' }),
  {
    what: 'health, web server unreachable',
    path: '/environments/prod/health',
    fault: 'connect-refused',
    expected: 'unhealthy',
  },
  { what: 'health, not granted', path: '/environments/prod/health', by: 'stranger', expected: 'caller-refused' },
];

describe.skipIf(unavailable)('docs/openapi.yaml', () => {
  let stack: LocalStack;
  let issuer: OidcIssuer;
  const exchanges: RecordedExchange[] = [];
  const responses: ApiResponse[] = [];
  let errors: SchemaErrors;

  beforeAll(async () => {
    stack = await startSmallStack(CONFIG, {
      createExtraNetwork: async (issue) => {
        issuer = await startOidcIssuer(issue, { jo: { claims: { org: 'data' } } });
        return issuer.network;
      },
    });
    for (const row of ROWS) await exchange(row);
    errors = await checkDocument(DOCUMENT, exchanges);
  });
  afterAll(async () => {
    await stack?.close();
    await issuer?.close();
  });

  async function exchange({
    path,
    by,
    fault,
    body,
    headers,
    method = body === undefined ? 'GET' : 'POST',
  }: OperationCase) {
    await stack.setFault(fault);
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const tokenHeader = by === 'token' ? { authorization: `Bearer ${await issuer.issueToken('jo')}` } : undefined;
    const role = by === 'stranger' || by === 'blind' ? by : 'engineer';
    const response = await sendRequest(stack, {
      path,
      method,
      ...(text === undefined ? {} : { body: text }),
      ...(headers === undefined ? {} : { headers }),
      ...(tokenHeader === undefined ? {} : { unsigned: tokenHeader }),
      ...(by === 'token' || by === 'nobody' ? {} : { caller: stack.createCaller(role, 'jo') }),
    });
    responses.push(response);
    exchanges.push({
      path: path.replace(/\?.*/, '').replace(/(environments\/)[^/]+/, '$1{environment}'),
      query: [...new URL(path, stack.url).searchParams],
      method,
      ...(text === undefined
        ? {}
        : { request: { contentType: headers?.['content-type'] ?? 'application/json', body: text } }),
      answer: { status: response.status, contentType: String(response.headers['content-type']), body: response.text },
    });
  }

  test('is a valid OpenAPI 3.1 document', () => expect(errors.document).toEqual([]));

  test.each(ROWS.map((row, index) => ({ ...row, index })))(
    'describes the request and the response of "$what": $expected',
    ({ expected, index }) => {
      const response = responses[index]!;
      expect(getProblemCode(response) ?? response.status).toBe(expected);
      expect(errors.exchanges[index]?.answer).toEqual([]);
      // The API rejects a request as malformed if and only if the request does not match the document.
      const isRequest = errors.exchanges[index]?.request.length === 0;
      expect(isRequest).toBe(expected !== 'malformed-request' && expected !== 'unsupported-media-type');
    },
  );

  test('the check detects an invalid document, and a response with an unknown, missing or wrongly typed member', async () => {
    const [first] = exchanges;
    const { environments, ...others } = JSON.parse(first!.answer.body);
    const bodies = [
      { ...others, environments, surprise: 1 },
      others,
      { ...others, environments: [{ ...environments[0], airflowVersion: 2 }] },
      { ...others, environments: [{ ...environments[0], surprise: 1 }] },
    ];
    const planted = bodies.map((body) => ({
      ...first!,
      answer: { ...first!.answer, body: JSON.stringify(body) },
    }));
    const { document, exchanges: found } = await checkDocument({ ...DOCUMENT, info: {} }, planted);
    expect(found.map(({ answer }) => answer.length)).toEqual([1, 1, 1, 1]);
    expect(document).not.toEqual([]);
  });
});
