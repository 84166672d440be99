import { expect, it } from 'vitest';
import { findRoute } from '../../../../local/gateway/front/find-route.ts';
import type { Method } from '../../../../local/gateway/template/gateway-model.ts';

const parseMethod = (text: string): Method => {
  const [httpMethod = '', resourcePath = ''] = text.split(' ');
  return {
    logicalId: text,
    httpMethod,
    resourcePath,
    resourceId: 'r',
    authorization: 'NONE',
    integration: { function: 'f', streaming: false, timeoutMs: 1 },
  };
};

const METHODS = [
  'ANY /{proxy+}',
  'GET /',
  'POST /environments/{name}/cli',
  'ANY /environments/{name}/cli',
  'POST /environments/prod/cli',
  'GET /files/{path+}',
].map(parseMethod);

it.each([
  ['GET', '/', 'GET /', {}],
  ['POST', '/', undefined, {}],
  ['POST', '/environments/prod/cli', 'POST /environments/prod/cli', {}],
  ['POST', '/environments/pr%6Fd/cli', 'POST /environments/prod/cli', {}],
  ['GET', '/environments/prod/cli', undefined, {}],
  ['POST', '/environments/test/cli', 'POST /environments/{name}/cli', { name: 'test' }],
  ['PUT', '/environments/a%20b/cli', 'ANY /environments/{name}/cli', { name: 'a%20b' }],
  ['POST', '/environments//cli', 'ANY /{proxy+}', { proxy: 'environments//cli' }],
  ['POST', '/environments/prod/cli/', 'ANY /{proxy+}', { proxy: 'environments/prod/cli/' }],
  ['GET', '/files/a/b%2Fc', 'GET /files/{path+}', { path: 'a/b%2Fc' }],
  ['GET', '/%zz', 'ANY /{proxy+}', { proxy: '%zz' }],
])('%s %s matches %s', (httpMethod, path, expected, pathParameters) => {
  const route = findRoute(METHODS, httpMethod, path);

  expect(route?.method.logicalId).toBe(expected);
  if (route !== undefined) expect(route.pathParameters).toEqual(pathParameters);
});
