/** Who the caller is: signatures, and tokens that expire. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { getShellVariables, type Row, type RowCall, type RowContext } from '../row.ts';

const READ: RowCall = { name: 'run', argv: ['version'], value: { outcome: 'succeeded' } };
const NO_KEYS = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, AWS_SESSION_TOKEN: undefined };

const withToken = (token: (context: RowContext) => Promise<string>) => async (context: RowContext) => ({
  url: context.url,
  environment: context.environment,
  token: await token(context),
});

/** The settings of a shell, with a token setting instead of keys. */
const withTokenSetting =
  (name: string, value: (context: RowContext) => string | Promise<string>) => async (context: RowContext) => ({
    variables: getShellVariables(context, { ...NO_KEYS, [name]: await value(context) }),
  });

const listTokens = ({ door }: RowContext) => door.requests.map(({ headers }) => headers.authorization);

/** A command that prints another token each time: those of a list, one after another. */
async function createTokenCommand({ folder, issueToken }: RowContext, count: number): Promise<string> {
  for (let index = 0; index < count; index += 1)
    writeFileSync(join(folder, `token-${index}`), `${await issueToken('service')}\n`);
  writeFileSync(join(folder, 'count'), '0');
  return `cd '${folder}' && n=$(cat count) && echo $((n + 1)) > count && cat token-$n`;
}

export const CALLER_ROWS: readonly Row[] = [
  {
    name: 'a wrong secret key',
    caller: 'forged',
    calls: [
      {
        name: 'run',
        argv: ['version'],
        error: { kind: 'problem', code: 'not-signed', status: 403, retrySafe: true, outcomeUnknown: false },
      },
    ],
    requests: 1,
  },
  {
    name: 'a caller without grants',
    caller: 'nobody',
    calls: [
      {
        name: 'run',
        argv: ['version'],
        error: { kind: 'problem', code: expect.stringMatching(/^not-(granted|found)$/), outcomeUnknown: false },
      },
      { name: 'environments', value: [] },
    ],
    requests: 2,
  },
  {
    name: 'keys in the variables of the shell',
    client: (context) => ({ variables: getShellVariables(context) }),
    calls: [READ],
    requests: 1,
    check: ({ door, credentials }) => {
      expect(door.requests[0]!.headers.authorization).toContain(`Credential=${credentials.accessKeyId}/`);
      expect(door.requests[0]!.headers['x-amz-security-token']).toBe(credentials.sessionToken);
    },
  },
  {
    name: 'no keys',
    client: (context) => ({ variables: getShellVariables(context, NO_KEYS) }),
    calls: [{ name: 'run', argv: ['version'], error: { kind: 'settings' } }],
    requests: 0,
  },
  {
    name: 'a token',
    client: withToken(({ issueToken }) => issueToken('service')),
    calls: [
      READ,
      { name: 'explain', argv: ['version'], value: { allowed: true } },
      { name: 'environments', value: expect.any(Array) },
    ],
    requests: 3,
    check: ({ door }) => {
      for (const { path, headers } of door.requests) {
        expect(path).toMatch(/^\/[^/]+\/oidc\/environments/);
        expect(headers.authorization).toMatch(/^Bearer ey/);
        expect(headers['x-amz-date']).toBe(undefined);
      }
    },
  },
  {
    name: 'a token that has expired',
    client: withToken(async ({ issueToken }) => {
      const token = await issueToken('short');
      await new Promise((resolve) => setTimeout(resolve, 3100));
      return token;
    }),
    calls: [
      {
        name: 'run',
        argv: ['version'],
        error: { kind: 'problem', code: 'not-authenticated', status: 401, retrySafe: true, outcomeUnknown: false },
      },
    ],
    requests: 1,
  },
  {
    name: 'a token that is not one',
    client: withToken(async () => 'abc'),
    calls: [{ name: 'run', argv: ['version'], error: { kind: 'problem', code: 'not-authenticated', status: 401 } }],
    requests: 1,
  },
  {
    name: 'a token in a variable',
    client: withTokenSetting('MWAA_CLI_PROXY_TOKEN', ({ issueToken }) => issueToken('service')),
    calls: [READ],
    requests: 1,
  },
  {
    name: 'a token in a file',
    client: withTokenSetting('MWAA_CLI_PROXY_TOKEN_FILE', async ({ folder, issueToken }) => {
      writeFileSync(join(folder, 'token'), `${await issueToken('service')}\n`);
      return join(folder, 'token');
    }),
    calls: [READ],
    requests: 1,
  },
  {
    name: 'a file of a token that does not exist',
    client: withTokenSetting('MWAA_CLI_PROXY_TOKEN_FILE', ({ folder }) => join(folder, 'nothing')),
    calls: [
      {
        name: 'run',
        argv: ['version'],
        error: {
          kind: 'settings',
          detail: expect.stringMatching(/^The token file \(MWAA_CLI_PROXY_TOKEN_FILE\) cannot be read: /),
        },
      },
    ],
    requests: 0,
  },
  {
    name: 'a token command that runs for each attempt, because tokens expire',
    client: withTokenSetting('MWAA_CLI_PROXY_TOKEN_COMMAND', (context) => createTokenCommand(context, 3)),
    door: ['lose answer', 'lose answer'],
    calls: [READ],
    requests: 3,
    check: (context) => expect(new Set(listTokens(context)).size).toBe(3),
  },
  {
    name: 'a token command that fails',
    client: withTokenSetting('MWAA_CLI_PROXY_TOKEN_COMMAND', () => 'echo no login >&2; exit 3'),
    calls: [
      {
        name: 'run',
        argv: ['version'],
        error: {
          kind: 'settings',
          detail: expect.stringMatching(/^The token command \(MWAA_CLI_PROXY_TOKEN_COMMAND\) failed: .*no login$/s),
        },
      },
    ],
    requests: 0,
  },
  {
    name: 'a token command that fails after a lost answer: the outcome is still unknown',
    client: withTokenSetting('MWAA_CLI_PROXY_TOKEN_COMMAND', (context) => createTokenCommand(context, 1)),
    door: ['lose answer'],
    calls: [
      {
        name: 'run',
        argv: ['dags', 'trigger', 'daily_report', '--conf', { row: '$ID' }],
        idempotencyKey: '$ID',
        error: { kind: 'no response', requestSent: true, outcomeUnknown: true },
      },
    ],
    requests: 1,
    runs: 1,
  },
  {
    name: 'a token command that prints nothing',
    client: withTokenSetting('MWAA_CLI_PROXY_TOKEN_COMMAND', () => 'true'),
    calls: [
      {
        name: 'run',
        argv: ['version'],
        error: { kind: 'settings', detail: 'The token is empty. Check where it comes from.' },
      },
    ],
    requests: 0,
  },
  {
    name: 'a token with a line end',
    client: withToken(async () => 'abc\ndef'),
    calls: [
      {
        name: 'run',
        argv: ['version'],
        error: {
          kind: 'settings',
          detail: 'The token has characters that a token cannot have. Check where it comes from.',
        },
      },
    ],
    requests: 0,
  },
  {
    name: 'a token precedes keys, and of several tokens the first',
    client: async (context) => ({
      variables: getShellVariables(context, {
        MWAA_CLI_PROXY_TOKEN: await context.issueToken('service'),
        MWAA_CLI_PROXY_TOKEN_COMMAND: 'exit 1',
        MWAA_CLI_PROXY_TOKEN_FILE: '/nothing',
      }),
    }),
    calls: [READ],
    requests: 1,
  },
];
