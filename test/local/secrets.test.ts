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

/** Unmistakable values of arguments that callers may keep secret. */
const VALUES = {
  "a variable's value": ['mark-variable-7f31'],
  "a connection's password": ['mark-password-7f31'],
  'a value of a conf': ['mark-conf-7f31'],
  'a key of a conf': ['mark-key-7f31'],
};

/** A word that is not a command may be quoted in the problem that its caller gets, but not in a log. */
const SECRETS = { ...VALUES, 'a word that is not a command': ['mark-garbage-7f31'] };

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
  name: argv.slice(0, 3).join(' '),
  body: { argv },
  status,
  ...(fault && { fault }),
});
const NOT_JSON = createSecretCase(['dags', 'trigger', 'daily_report', '--conf', `${CONF} mark-garbage-7f31`], 400);

/** Requests that contain a secret: successful, failed, rejected before they are sent, and with a lost response. */
const CASES: readonly SecretCase[] = [
  createSecretCase(['variables', 'set', 'marked', VARIABLE], 200),
  createSecretCase(['variables', 'get', 'marked'], 200),
  createSecretCase(['connections', 'add', 'marked', '--conn-uri', URI], 200),
  createSecretCase(['connections', 'add', 'marked', '--conn-uri', URI], 422),
  createSecretCase(['dags', 'trigger', 'daily_report', '--conf', CONF], 200),
  createSecretCase(['dags', 'trigger', 'daily_report', '--conf', { 'mark-key-7f31': 'mark-conf-7f31' }], 200),
  createSecretCase(['dags', 'trigger', 'no_such_dag', '--conf', CONF], 422),
  createSecretCase(['dags', 'list-runs', '--dag-id', 'daily_report'], 200),
  // Rejected before they are sent.
  createSecretCase(['dags', 'trigger', 'daily_report', '--config', CONF], 400),
  createSecretCase(['dags', 'mark-garbage-7f31'], 400),
  createSecretCase(['variables', 'set', 'marked', VARIABLE, 'mark-garbage-7f31'], 400),
  { name: 'a truncated body', body: '{"argv": ["variables", "set", "marked", "mark-garbage-7f31', status: 400 },
  { name: 'an unclosed quote', body: { command: "variables set marked 'mark-garbage-7f31" }, status: 400 },
  { name: 'an unknown member', body: { argv: ['version'], 'mark-garbage-7f31': 1 }, status: 400 },
  // Responses that are lost or corrupted.
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
    '$name ($status, fault: $fault) leaves no secret in a log, or in the title and detail of a problem',
    async (secretCase, { skip }) => {
      const needsAirflow = secretCase.fault === undefined && [200, 422].includes(secretCase.status);
      if (needsAirflow && stack.environments[0]?.replayReason !== undefined)
        return skip('There is no recorded answer for this command.');
      await stack.setFault(secretCase.fault);
      const { status, text } = await post(secretCase.body, stack.engineer);
      await stack.setFault();

      expect(status, text).toBe(secretCase.status);
      expect(findSecrets(SECRETS, [...listLogLines(stack), ...output.written])).toEqual([]);
      expect(findSecrets(VALUES, [extractProblemText(text)])).toEqual([]);
    },
  );

  test('a conf that is not JSON is rejected without quoting it', async () => {
    const { text } = await post(NOT_JSON.body, stack.engineer);
    expect(findSecrets(VALUES, [extractProblemText(text)])).toEqual([]);
  });

  test('a conf that is not JSON is not logged', async () => {
    expect(await post(NOT_JSON.body, stack.engineer)).toMatchObject({ status: 400 });
    expect(findSecrets(SECRETS, [...listLogLines(stack), ...output.written])).toEqual([]);
  });

  test('only a caller with a grant for the command gets its output', async ({ skip }) => {
    if (stack.environments[0]?.replayReason !== undefined) return skip('Only a real Airflow stores variables.');
    await post({ argv: ['variables', 'set', 'marked', VARIABLE] }, stack.engineer);
    const granted = await post({ argv: ['variables', 'get', 'marked'] }, stack.engineer);
    const refused = await post({ argv: ['variables', 'get', 'marked'] }, stranger);

    expect(granted).toMatchObject({ status: 200, text: expect.stringContaining(VARIABLE) });
    expect(refused.status).toBe(403);
    expect(Object.keys(JSON.parse(refused.text))).not.toEqual(expect.arrayContaining(['stdout']));
    expect(findSecrets(SECRETS, [{ where: 'a rejection', text: refused.text }])).toEqual([]);
  });

  test('no token, key or secret value is in a log, output or file of these tests', () => {
    const written: WrittenText[] = [...listLogLines(stack), ...output.written];
    const files = listStackFiles(stack);

    expect(findSecrets({ ...SECRETS, ...listCredentials(stack) }, written)).toEqual([]);
    expect(findSecrets(listCredentials(stack), files)).toEqual([]);
    // Proves that the search works: audit lines contain the command and its identifiers.
    expect(findSecrets({ identifier: ['daily_report'] }, written).length).toBeGreaterThan(5);
    expect(written.some(({ text }) => text.includes('"marked"'))).toBe(true);
    const planted = { where: 'here', text: 'a line with mark-password-7f31 in it' };
    expect(findSecrets(SECRETS, [...written, planted])).toEqual([
      expect.stringContaining("a connection's password in here"),
    ]);
  });
});

/** The title and the detail of a problem, without the streams, which only its caller gets. */
function extractProblemText(answer: string): WrittenText {
  const { detail = '', title = '' } = JSON.parse(answer) as { detail?: string; title?: string };
  return { where: 'the title and detail of a problem', text: `${title} ${detail}` };
}
