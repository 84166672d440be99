import type { APIGatewayProxyEvent } from 'aws-lambda';
import { expect, test } from 'vitest';
import { callerOf } from '../../../lambda/caller-of-event.ts';
import { CLAIMS_MEMBER } from '../../../lambda/names.ts';

const NOW = Date.parse('2026-11-26T12:00:00Z');
const CLAIMS = { iss: 'https://id.example.com', sub: 'jo', groups: ['etl'], exp: NOW / 1000 + 60 };
const ROLE = 'arn:aws:sts::111122223333:assumed-role/etl/jo';

const event = (resource: string, userArn: string | null, authorizer?: Record<string, unknown>) =>
  ({ resource, requestContext: { identity: { userArn }, authorizer } }) as unknown as APIGatewayProxyEvent;

const token = (claims: unknown) => ({ [CLAIMS_MEMBER]: JSON.stringify(claims) });

test('a signed request names its role', () => {
  expect(callerOf(event('/environments/prod/cli', ROLE), NOW).text).toBe(ROLE);
});

test('a token names its subject and groups, until it expires', () => {
  const asked = event('/oidc/environments/prod/cli', null, token(CLAIMS));

  expect(callerOf(asked, NOW).identities).toContainEqual({ realm: 'oidc:groups=', name: 'etl' });
  expect(() => callerOf(asked, CLAIMS.exp * 1000)).toThrow(expect.objectContaining({ code: 'not-authenticated' }));
});

/** What must not name a caller. */
test.each<[what: string, asked: APIGatewayProxyEvent]>([
  ['no identity', event('/environments/prod/cli', null)],
  ['no identity, but claims on a path for signatures', event('/environments/prod/cli', null, token(CLAIMS))],
  ['an identity, but no claims on a path for tokens', event('/oidc/environments/prod/cli', ROLE)],
  ['claims without an expiry', event('/oidc/environments/prod/cli', null, token({ ...CLAIMS, exp: undefined }))],
  ['claims with an expiry of another kind', event('/oidc/e', null, token({ ...CLAIMS, exp: '9999999999' }))],
  ['claims without a subject', event('/oidc/e', null, token({ ...CLAIMS, sub: undefined }))],
  ['a path that only looks like one for tokens', event('/oidcx/environments/prod/cli', null, token(CLAIMS))],
  ['claims that are no text', event('/oidc/e', null, { [CLAIMS_MEMBER]: CLAIMS })],
])('%s', (_, asked) => {
  expect(() => callerOf(asked, NOW)).toThrow(expect.objectContaining({ code: 'untrusted-event' }));
});
