import type { APIGatewayProxyEvent } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import { readRoute } from '../../../lambda/event/read-route.ts';

const createEvent = (members: Record<string, unknown> = {}): APIGatewayProxyEvent =>
  ({
    resource: '/environments/{environment}/cli',
    path: '/environments/prod/cli',
    pathParameters: { environment: 'prod' },
    httpMethod: 'POST',
    multiValueHeaders: {},
    requestContext: { httpMethod: 'POST' },
    ...members,
  }) as unknown as APIGatewayProxyEvent;

const GET = { httpMethod: 'GET', requestContext: { httpMethod: 'GET' } };

test.each<[what: string, event: APIGatewayProxyEvent, expected: object]>([
  ['a command', createEvent(), { name: 'cli', environment: 'prod' }],
  [
    'below /oidc',
    createEvent({ resource: '/oidc/environments/{environment}/cli', path: '/oidc/environments/prod/cli' }),
    { name: 'cli', environment: 'prod' },
  ],
  ['with a base path of a custom domain', createEvent({ path: '/airflow/environments/prod/cli' }), { name: 'cli' }],
  [
    'the list of environments',
    createEvent({ resource: '/environments', path: '/environments', pathParameters: null, ...GET }),
    { name: 'environments' },
  ],
])('%s', (_what, event, expected) => {
  expect(readRoute(event)).toMatchObject(expected);
});

describe('is rejected', () => {
  test.each<[what: string, event: APIGatewayProxyEvent, code: string]>([
    ['a percent-encoded environment, decoded', createEvent({ path: '/environments/pr%6Fd/cli' }), 'not-found'],
    [
      'a percent-encoded environment, as sent',
      createEvent({ path: '/environments/pr%6fd/cli', pathParameters: { environment: 'prod' } }),
      'not-found',
    ],
    ['a percent-encoded route', createEvent({ path: '/environments/prod/%63li' }), 'not-found'],
    ['another environment in the path', createEvent({ path: '/environments/other/cli' }), 'not-found'],
    ['no path parameter', createEvent({ pathParameters: null }), 'not-found'],
    ['another resource', createEvent({ resource: '/{proxy+}' }), 'not-found'],
    [
      'a route that is not in the table',
      createEvent({ resource: '/environments/{environment}/toString' }),
      'not-found',
    ],
    [
      'an overridden method',
      createEvent({ multiValueHeaders: { 'X-HTTP-Method-Override': ['POST'] } }),
      'malformed-request',
    ],
    ['another method', createEvent(GET), 'malformed-request'],
    ['a method that differs from the authorized one', createEvent({ requestContext: GET }), 'malformed-request'],
  ])('%s', (_what, event, code) => {
    expect(() => readRoute(event)).toThrow(expect.objectContaining({ code }));
  });
});
