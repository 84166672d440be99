import { expect, test } from 'vitest';
import { toClientFailure } from '../../../client/client-failure.ts';
import { ProxyProblem } from '../../../client/library/proxy-problem.ts';
import { ConnectionError } from '../../../client/library/send-http-request.ts';
import { SettingsError } from '../../../client/library/settings-error.ts';
import type { Settings } from '../../../client/settings.ts';
import { WAIT_LONGER_ADVICE } from '../../../contract/wait-advice.ts';

const KEYS = { accessKeyId: 'A', secretAccessKey: 's' };
const COMMON = { environment: 'prod', streamMode: 'quiet' } as const;
const DIRECT: Settings = { ...COMMON, mwaa: { credentials: KEYS } };
const PROXY: Settings = {
  ...COMMON,
  proxy: { url: 'https://api.example.com', region: 'eu-west-1', credentials: KEYS },
};

const createProblem = (code: string, detail = 'What to do.') =>
  new ProxyProblem({ type: `urn:x:${code}`, title: '', status: 400, detail });
const createCredentialsError = () =>
  Object.assign(new Error('Could not load credentials.'), { name: 'CredentialsProviderError' });
const NOT_SET = 'MWAA_CLI_PROXY_URL is not set, so commands are sent directly to MWAA.';

const describeFailure = (error: unknown, settings: Settings) =>
  toClientFailure(error, settings, new AbortController().signal).text;

test.each<[what: string, error: unknown]>([
  ['a problem of the connection', createProblem('environment-unreachable')],
  ['an environment that MWAA does not have', createProblem('no-such-environment')],
  ['missing credentials', createCredentialsError()],
  ['a missing region', new SettingsError('Set AWS_REGION to the region of the environment.')],
  ['an unreachable service', new ConnectionError('no response', false, false)],
])('without a proxy, the message about %s begins with where commands are sent', (_what, error) => {
  expect(describeFailure(error, DIRECT)).toMatch(new RegExp(`^${NOT_SET} [A-Z]`));
  expect(describeFailure(error, PROXY)).not.toContain(NOT_SET);
});

test.each(['command-failed', 'invalid-command'])('a %s does not depend on where the command was sent', (code) => {
  expect(describeFailure(createProblem(code), DIRECT)).toBe('What to do.');
});

test('a busy environment is described with the options of the client', () => {
  const text = describeFailure(createProblem('busy', `Send it again later, ${WAIT_LONGER_ADVICE}.`), PROXY);
  expect(text).toBe('Send it again later, without --no-wait, or with a larger MWAA_CLI_PROXY_WAIT.');
});

test('missing credentials of a profile are described with its name', () => {
  const text = describeFailure(createCredentialsError(), { ...PROXY, awsProfile: 'data' });
  expect(text).toBe(
    'The AWS profile data has no usable credentials (Could not load credentials). Log in (aws sso login --profile data), or set AWS_PROFILE to another profile.',
  );
  expect(describeFailure(createCredentialsError(), PROXY)).toContain('Set AWS_PROFILE');
});
