/** docs/openapi.yaml by a validator that is not ours, and real requests and answers by docs/openapi.yaml. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { runProcess } from '../../local/airflow/run-process.ts';
import type { LocalStack } from '../../local/local-stack.ts';
import type { FaultName } from '../../local/mwaa/faults.ts';
import { installPythonPackages } from '../install-python-packages.ts';
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
if (unavailable) console.error(`SKIPPED: docs/openapi.yaml is not checked: ${packages.unavailable}`);

interface RecordedExchange {
  readonly path: string;
  readonly method: string;
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
  `  - { who: "arn:aws:iam::111122223333:role/engineer", ${MAY} }
  - { who: "oidc:sub=jo", ${MAY} }
`,
);

/** What is asked, and what must come back: the code of a problem, or 200. Who asks is `engineer`, unless said otherwise. */
interface OperationCase extends Omit<ApiRequest, 'caller' | 'body' | 'path'> {
  readonly what: string;
  readonly path: string;
  readonly body?: unknown;
  readonly by?: 'token' | 'nobody' | 'stranger';
  readonly fault?: FaultName;
  readonly comes: 200 | string;
}

const createCliCase = (
  what: string,
  comes: OperationCase['comes'],
  body: unknown,
  more: Partial<OperationCase> = {},
): OperationCase => ({
  ...{ what, path: '/environments/prod/cli', body, comes },
  ...more,
});
const KEY = { 'idempotency-key': 'k-1' };
const TRIGGER = { argv: ['dags', 'trigger', 'daily_report', '--conf', { day: '2026-11-22' }] };
const TEXT = { 'content-type': 'text/plain' };

const ROWS: readonly OperationCase[] = [
  { what: 'environments', path: '/environments', comes: 200 },
  { what: 'commands', path: '/environments/prod/commands', comes: 200 },
  { what: 'health', path: '/environments/prod/health', comes: 200 },
  ...['dags list', 'dags delete x', 'dags lits'].map((command) => ({
    ...{ what: `explain: ${command}`, path: '/environments/prod/explain', body: { command }, comes: 200 as const },
  })),
  createCliCase('a list', 200, { command: 'dags list' }),
  createCliCase('no output', 200, { argv: ['version'], format: 'raw' }),
  createCliCase('plain text', 200, 'version', { headers: TEXT }),
  createCliCase('a trigger', 200, { command: 'dags trigger daily_report' }),
  createCliCase('a trigger with a key', 200, TRIGGER, { headers: KEY }),
  createCliCase('numbers among the words', 'invalid-command', { argv: ['dags', 'list', 5, true, [1.5], {}] }),
  createCliCase('a note', 200, { command: 'dags pause no_such_dag' }),
  createCliCase('an outcome that cannot be told', 200, { command: 'tasks list daily_report' }),
  createCliCase('an exit status that misleads', 200, { command: 'dags list-import-errors' }),
  createCliCase('a return code', 200, { command: 'version' }, { fault: 'returncode' }),
  { what: 'environments, by token', path: '/oidc/environments', by: 'token', comes: 200 },
  { what: 'commands, by token', path: '/oidc/environments/prod/commands', by: 'token', comes: 200 },
  { what: 'health, by token', path: '/oidc/environments/prod/health', by: 'token', comes: 200 },
  ...['cli', 'explain'].map((route) => ({
    ...{ what: `${route}, by token`, path: `/oidc/environments/prod/${route}`, body: { command: 'version' } },
    ...{ by: 'token' as const, comes: 200 as const },
  })),

  createCliCase('neither command nor argv', 'malformed-request', {}),
  createCliCase('both', 'malformed-request', { command: 'version', argv: ['version'] }),
  createCliCase('another member', 'malformed-request', { command: 'version', as: 'admin' }),
  createCliCase('a null word', 'malformed-request', { argv: ['version', null] }),
  createCliCase('a list as command', 'malformed-request', { command: ['version'] }),
  createCliCase('another format', 'malformed-request', { command: 'version', format: 'xml' }),
  createCliCase('no object', 'malformed-request', [1]),
  createCliCase('another type', 'unsupported-media-type', '<a/>', { headers: { 'content-type': 'application/xml' } }),
  createCliCase('a misspelt command', 'invalid-command', { command: 'dags lits' }),
  createCliCase('what is not granted', 'not-granted', { command: 'dags delete x' }),
  createCliCase('a failed command', 'command-failed', { command: 'variables get missing' }),
  createCliCase('a failed trigger', 'command-failed', { command: 'dags trigger no_such_dag' }, { headers: KEY }),
  createCliCase('another environment', 'not-signed', { command: 'version' }, { path: '/environments/nowhere/cli' }),
  createCliCase('no signature', 'not-signed', { command: 'version' }, { by: 'nobody' }),
  createCliCase('a caller who is not let in', 'caller-refused', { command: 'version' }, { by: 'stranger' }),
  createCliCase(
    'no token',
    'not-authenticated',
    { command: 'version' },
    { path: '/oidc/environments/prod/cli', by: 'nobody' },
  ),
  createCliCase('too many tokens', 'token-throttled', { command: 'version' }, { fault: 'token-throttled' }),
  createCliCase('no permission', 'token-not-permitted', { command: 'version' }, { fault: 'token-missing-permission' }),
  createCliCase('no token API', 'token-unreachable', { command: 'version' }, { fault: 'token-connect-refused' }),
  createCliCase('no web server', 'airflow-unreachable', { command: 'version' }, { fault: 'connect-refused' }),
  createCliCase('a busy one', 'airflow-busy', TRIGGER, { fault: '503-always', headers: KEY }),
  createCliCase('a refused token', 'token-refused', { command: 'version' }, { fault: '403-always' }),
  createCliCase('a refused command', 'command-refused', { command: 'dags list' }, { fault: '403-command' }),
  createCliCase('a redirect', 'redirect-refused', { command: 'version' }, { fault: 'redirect-elsewhere' }),
  createCliCase(
    'a lost answer',
    'outcome-unknown',
    { command: 'dags trigger daily_report' },
    { fault: '500-after-run' },
  ),
  createCliCase('a lost answer of a read', 'airflow-error', { command: 'dags list' }, { fault: '500-after-run' }),
  createCliCase('half of the streams', 'outcome-unclear', { command: 'dags list' }, { fault: 'lost-stdout' }),
  createCliCase('a dead function', 'gateway-error', { command: 'version' }, { fault: 'function-crash' }),
  { what: 'a broken way', path: '/environments/prod/health', fault: 'connect-refused', comes: 'unhealthy' },
  { what: 'health, not granted', path: '/environments/prod/health', by: 'stranger', comes: 'caller-refused' },
];

describe.skipIf(unavailable)('docs/openapi.yaml', () => {
  let stack: LocalStack;
  let issuer: OidcIssuer;
  const exchanges: RecordedExchange[] = [];
  const replies: ApiResponse[] = [];
  let faults: SchemaErrors;

  beforeAll(async () => {
    stack = await startSmallStack(CONFIG, {
      createExtraNetwork: async (issue) => {
        issuer = await startOidcIssuer(issue, { jo: { claims: { org: 'data' } } });
        return issuer.network;
      },
    });
    for (const row of ROWS) await exchange(row);
    faults = await checkDocument(DOCUMENT, exchanges);
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
    const unsigned = by === 'token' ? { authorization: `Bearer ${await issuer.issueToken('jo')}` } : undefined;
    const role = by === 'stranger' ? 'stranger' : 'engineer';
    const reply = await sendRequest(stack, {
      ...{ path, method },
      ...(text === undefined ? {} : { body: text }),
      ...(headers === undefined ? {} : { headers }),
      ...(unsigned === undefined ? {} : { unsigned }),
      ...(by === 'token' || by === 'nobody' ? {} : { caller: stack.createCaller(role, 'jo') }),
    });
    replies.push(reply);
    exchanges.push({
      path: path.replace(/(environments\/)[^/]+/, '$1{environment}'),
      method,
      ...(text === undefined
        ? {}
        : { request: { contentType: headers?.['content-type'] ?? 'application/json', body: text } }),
      answer: { status: reply.status, contentType: String(reply.headers['content-type']), body: reply.text },
    });
  }

  test('is OpenAPI', () => expect(faults.document).toEqual([]));

  test.each(ROWS.map((row, index) => ({ ...row, index })))('$what: $comes', ({ comes, index }) => {
    const reply = replies[index]!;
    expect(getProblemCode(reply) ?? reply.status).toBe(comes);
    expect(faults.exchanges[index]?.answer).toEqual([]);
    // What the document calls no request is what the API cannot read.
    const isRequest = faults.exchanges[index]?.request.length === 0;
    expect(isRequest).toBe(comes !== 'malformed-request' && comes !== 'unsupported-media-type');
  });

  test('an answer with a member too many, too few or of another type is found, and so is a wrong document', async () => {
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
