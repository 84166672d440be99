import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signedFetch } from '../../client/library/signed-fetch.ts';
import type { Principal } from '../../local/iam/principal-store.ts';
import type { FaultName } from '../../local/mwaa/faults.ts';
import { type FaultyStack, startFaultyStack } from './faulty-stack.ts';
import {
  findSecrets,
  listCredentials,
  listLogLines,
  listStackFiles,
  recordOutput,
  type WrittenText,
} from './search-secrets.ts';

/** Values of arguments that nobody writes by chance: what callers keep secret, or may. */
const VALUES = {
  "a variable's value": ['mark-variable-7f31'],
  "a connection's password": ['mark-password-7f31'],
  'a value of a conf': ['mark-conf-7f31'],
  'a key of a conf': ['mark-key-7f31'],
};

/** A problem quotes the word that is no command to the caller who sent it. No log does. */
const SECRETS = { ...VALUES, 'a word that is no command': ['mark-garbage-7f31'] };

const VARIABLE = 'mark-variable-7f31';
const CONF = JSON.stringify({ 'mark-key-7f31': 'mark-conf-7f31' });
const URI = 'postgresql://reader:mark-password-7f31@db.example.com/warehouse';

interface SecretCase {
  readonly name: string;
  readonly body: object | string;
  readonly status: number;
  readonly fault?: FaultName;
}

const createSecretCase = (argv: readonly (string | object)[], status: number, fault?: FaultName): SecretCase => ({
  ...{ name: argv.slice(0, 3).join(' '), body: { argv }, status },
  ...(fault && { fault }),
});
const NOT_JSON = createSecretCase(['dags', 'trigger', 'daily_report', '--conf', `${CONF} mark-garbage-7f31`], 400);

/** Everything a caller may send that holds a secret, on every way it may take. */
const CASES: readonly SecretCase[] = [
  createSecretCase(['variables', 'set', 'marked', VARIABLE], 200),
  createSecretCase(['variables', 'get', 'marked'], 200),
  createSecretCase(['connections', 'add', 'marked', '--conn-uri', URI], 200),
  createSecretCase(['connections', 'add', 'marked', '--conn-uri', URI], 422),
  createSecretCase(['dags', 'trigger', 'daily_report', '--conf', CONF], 200),
  createSecretCase(['dags', 'trigger', 'daily_report', '--conf', { 'mark-key-7f31': 'mark-conf-7f31' }], 200),
  createSecretCase(['dags', 'trigger', 'no_such_dag', '--conf', CONF], 422),
  createSecretCase(['dags', 'list-runs', '--dag-id', 'daily_report'], 200),
  // Never sent
  createSecretCase(['dags', 'trigger', 'daily_report', '--config', CONF], 400),
  createSecretCase(['dags', 'mark-garbage-7f31'], 400),
  createSecretCase(['variables', 'set', 'marked', VARIABLE, 'mark-garbage-7f31'], 400),
  { name: 'a cut body', body: '{"argv": ["variables", "set", "marked", "mark-garbage-7f31', status: 400 },
  { name: 'an open quote', body: { command: "variables set marked 'mark-garbage-7f31" }, status: 400 },
  { name: 'an unknown member', body: { argv: ['version'], 'mark-garbage-7f31': 1 }, status: 400 },
  // Answers that are lost or spoilt
  createSecretCase(['variables', 'set', 'marked', VARIABLE], 424, 'reset-after-run'),
  createSecretCase(['variables', 'get', 'marked'], 502, 'truncated-json'),
  createSecretCase(['connections', 'add', 'marked2', '--conn-uri', URI], 424, 'bad-base64'),
  createSecretCase(['connections', 'add', 'marked3', '--conn-uri', URI], 424, 'function-crash'),
  createSecretCase(['dags', 'trigger', 'daily_report', '--conf', CONF], 424, 'huge-answer'),
  createSecretCase(['dags', 'trigger', 'daily_report', '--conf', CONF], 502, 'connect-refused'),
  createSecretCase(['dags', 'trigger', 'daily_report', '--conf', CONF], 424, '403-command'),
  createSecretCase(['dags', 'trigger', 'daily_report', '--conf', CONF], 503, 'token-throttled'),
];

describe('secrets', () => {
  let stack: FaultyStack;
  let stranger: Principal;
  const output = recordOutput();

  beforeAll(async () => {
    stack = await startFaultyStack(['patient'], { onProgress: console.error });
    stranger = stack.createCaller('stranger', 'mallory');
  });
  afterAll(async () => {
    await stack?.close();
    output.stop();
  });

  async function post(body: SecretCase['body'], caller: Principal): Promise<{ status: number; text: string }> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const address = new URL(`${stack.url}/environments/patient/cli`);
    const response = await signedFetch(address, text, caller, stack.region);
    return { status: response.status, text: await response.text() };
  }

  test.for(CASES)(
    '$name ($status, fault: $fault): no secret in a log or in what is said of it',
    async (one, { skip }) => {
      const needsAirflow = one.fault === undefined && [200, 422].includes(one.status);
      if (needsAirflow && stack.environments[0]?.replayReason !== undefined) return skip('not recorded');
      await stack.setFault(one.fault);
      const { status, text } = await post(one.body, stack.engineer);
      await stack.setFault();

      expect(status, text).toBe(one.status);
      expect(findSecrets(SECRETS, [...listLogLines(stack), ...output.written])).toEqual([]);
      expect(findSecrets(VALUES, [toWrittenText(text)])).toEqual([]);
    },
  );

  test('a conf that is no JSON is refused without quoting it', async () => {
    const { text } = await post(NOT_JSON.body, stack.engineer);
    expect(findSecrets(VALUES, [toWrittenText(text)])).toEqual([]);
  });

  test('a conf that is no JSON is in no log', async () => {
    expect(await post(NOT_JSON.body, stack.engineer)).toMatchObject({ status: 400 });
    expect(findSecrets(SECRETS, [...listLogLines(stack), ...output.written])).toEqual([]);
  });

  test('streams reach the caller who was granted the command, and nobody else', async ({ skip }) => {
    if (stack.environments[0]?.replayReason !== undefined) return skip('variables are kept by a real Airflow only');
    await post({ argv: ['variables', 'set', 'marked', VARIABLE] }, stack.engineer);
    const granted = await post({ argv: ['variables', 'get', 'marked'] }, stack.engineer);
    const refused = await post({ argv: ['variables', 'get', 'marked'] }, stranger);

    expect(granted).toMatchObject({ status: 200, text: expect.stringContaining(VARIABLE) });
    expect(refused.status).toBe(403);
    expect(Object.keys(JSON.parse(refused.text))).not.toEqual(expect.arrayContaining(['stdout']));
    expect(findSecrets(SECRETS, [{ where: 'a refusal', text: refused.text }])).toEqual([]);
  });

  test('no token, no key and no secret value is in any log, print or file of the run', () => {
    const written: WrittenText[] = [...listLogLines(stack), ...output.written];
    const files = listStackFiles(stack);

    expect(findSecrets({ ...SECRETS, ...listCredentials(stack) }, written)).toEqual([]);
    expect(findSecrets(listCredentials(stack), files)).toEqual([]);
    // The search finds what is there: the audit lines name the command and its identifiers.
    expect(findSecrets({ identifier: ['daily_report'] }, written).length).toBeGreaterThan(5);
    expect(written.some(({ text }) => text.includes('"marked"'))).toBe(true);
    const planted = { where: 'here', text: 'a line with mark-password-7f31 in it' };
    expect(findSecrets(SECRETS, [...written, planted])).toEqual([
      expect.stringContaining("a connection's password in here"),
    ]);
  });
});

/** What a problem says in words, apart from the streams, which are the caller's. */
function toWrittenText(answer: string): WrittenText {
  const { detail = '', title = '' } = JSON.parse(answer) as { detail?: string; title?: string };
  return { where: 'the words of a problem', text: `${title} ${detail}` };
}
