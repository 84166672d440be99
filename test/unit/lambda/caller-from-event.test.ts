import type { APIGatewayProxyEvent } from 'aws-lambda';
import { expect, test } from 'vitest';
import { CLAIMS_CONTEXT_KEY } from '../../../contract/event-names.ts';
import { identifyCaller } from '../../../lambda/event/caller-from-event.ts';

const NOW = Date.parse('2026-11-26T12:00:00Z');
const CLAIMS = { iss: 'https://id.example.com', sub: 'jo', groups: ['etl'], exp: NOW / 1000 + 60 };
const ROLE = 'arn:aws:sts::111122223333:assumed-role/etl/jo';

const createEvent = (resource: string, userArn: string | null, authorizer?: Record<string, unknown>) =>
  ({ resource, requestContext: { identity: { userArn }, authorizer } }) as unknown as APIGatewayProxyEvent;

const createAuthorizerContext = (claims: unknown) => ({ [CLAIMS_CONTEXT_KEY]: JSON.stringify(claims) });

test('the caller of a signed request is its role', () => {
  expect(identifyCaller(createEvent('/environments/prod/cli', ROLE), NOW)).toMatchObject({
    caller: { label: ROLE },
    source: { arn: ROLE },
  });
});

test('the caller of a request with a token is in its claims until the token expires', () => {
  const event = createEvent('/oidc/environments/prod/cli', null, createAuthorizerContext(CLAIMS));

  const { caller, source } = identifyCaller(event, NOW);
  expect(caller.identities).toContainEqual({ realm: 'oidc:groups=', name: 'etl' });
  expect(source).toEqual({ claims: CLAIMS });
  expect(() => identifyCaller(event, CLAIMS.exp * 1000)).toThrow(
    expect.objectContaining({ code: 'not-authenticated' }),
  );
});

test.each<[what: string, event: APIGatewayProxyEvent]>([
  ['no identity', createEvent('/environments/prod/cli', null)],
  [
    'no identity, but claims on a path for signed requests',
    createEvent('/environments/prod/cli', null, createAuthorizerContext(CLAIMS)),
  ],
  ['an identity, but no claims, on a path for tokens', createEvent('/oidc/environments/prod/cli', ROLE)],
  [
    'claims without an expiry',
    createEvent('/oidc/environments/prod/cli', null, createAuthorizerContext({ ...CLAIMS, exp: undefined })),
  ],
  [
    'claims whose expiry is not a number',
    createEvent('/oidc/e', null, createAuthorizerContext({ ...CLAIMS, exp: '9999999999' })),
  ],
  ['claims without a subject', createEvent('/oidc/e', null, createAuthorizerContext({ ...CLAIMS, sub: undefined }))],
  [
    'claims on a path that only resembles one for tokens',
    createEvent('/oidcx/environments/prod/cli', null, createAuthorizerContext(CLAIMS)),
  ],
  ['claims that are not text', createEvent('/oidc/e', null, { [CLAIMS_CONTEXT_KEY]: CLAIMS })],
])('rejects %s', (_, event) => {
  expect(() => identifyCaller(event, NOW)).toThrow(expect.objectContaining({ code: 'untrusted-event' }));
});
