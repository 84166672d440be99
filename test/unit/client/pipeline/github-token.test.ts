import { expect, test } from 'vitest';
import { ConnectionError, type ReceivedResponse } from '../../../../client/library/send-http-request.ts';
import { SettingsError } from '../../../../client/library/settings-error.ts';
import { readClaims, requestGitHubToken } from '../../../../client/pipeline/github-token.ts';

const VARIABLES = {
  ACTIONS_ID_TOKEN_REQUEST_URL: 'https://token.example.com/idtoken/1/2?api-version=2.0',
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'secret-of-the-job',
};

type Answer = readonly [status: number, body: string] | Error;

/** Requests a token from a server that gives these answers, one after the other. */
async function request(answers: readonly Answer[], variables: NodeJS.ProcessEnv = VARIABLES) {
  const sent: { readonly address: string; readonly authorization: string | undefined }[] = [];
  const pauses: number[] = [];
  const result = await requestGitHubToken({
    variables,
    audience: 'a b&c',
    async send(address, { headers }) {
      const answer = answers[sent.length]!;
      sent.push({ address: String(address), authorization: headers.authorization });
      if (answer instanceof Error) throw answer;
      const [status, body] = answer;
      return { status, ok: status === 200, headers: new Map(), text: async () => body } as unknown as ReceivedResponse;
    },
    pause: async (ms) => pauses.push(ms),
  }).catch((error: unknown) => error as Error);
  return { result, sent, pauses };
}

const TOKEN: Answer = [200, '{"value":"a.b.c"}'];
const LOST = new ConnectionError('x did not respond', false, true, { cause: new Error('connect ECONNREFUSED') });

test('sends the audience and the token of the job', async () => {
  expect(await request([TOKEN])).toEqual({
    result: 'a.b.c',
    sent: [
      {
        address: 'https://token.example.com/idtoken/1/2?api-version=2.0&audience=a+b%26c',
        authorization: 'Bearer secret-of-the-job',
      },
    ],
    pauses: [],
  });
});

test.each([
  ['a lost connection', LOST],
  ['a failure of the server', [503, '']],
  ['too many requests', [429, '']],
] as const)('requests again after %s', async (_what, answer) => {
  expect(await request([answer, answer, TOKEN])).toMatchObject({ result: 'a.b.c', pauses: [1000, 2000] });
});

test.each([
  [
    'cannot be reached',
    [LOST, LOST, LOST],
    3,
    ConnectionError,
    'token.example.com, which issues the OIDC tokens of GitHub, cannot be reached from this runner (connect ECONNREFUSED)',
  ],
  [
    'fails',
    [
      [500, ''],
      [500, ''],
      [500, ''],
    ],
    3,
    ConnectionError,
    'answered with HTTP 500',
  ],
  [
    'refuses',
    [[403, '{}']],
    1,
    SettingsError,
    'answered with HTTP 403. GitHub offers no OIDC token to this job. Add "permissions: { id-token: write }"',
  ],
  ['gives something else', [[200, '<html>']], 1, SettingsError, 'HTTP 200'],
] as const)('gives up if GitHub %s, and says what to do', async (_what, answers, count, type, message) => {
  const { result, sent } = await request(answers);
  expect(result).toBeInstanceOf(type);
  expect((result as Error).message).toContain(message);
  expect((result as Error).message).not.toContain('secret-of-the-job');
  expect(sent).toHaveLength(count);
});

test('sends nothing without the permission of the job', async () => {
  const { result, sent } = await request([], {});
  expect(result).toBeInstanceOf(SettingsError);
  expect(sent).toEqual([]);
});

test('reads the claims of a token, and none of something else', () => {
  const token = `x.${Buffer.from('{"sub":"repo:my-org/pipelines"}').toString('base64url')}.y`;
  expect(readClaims(token)).toEqual({ sub: 'repo:my-org/pipelines' });
  for (const text of ['', 'x', 'x.y.z']) expect(readClaims(text)).toEqual({});
});
