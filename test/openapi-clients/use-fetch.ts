/** A program with a client that openapi-typescript and openapi-fetch make. Prints what the API answers. */
import createClient from 'openapi-fetch';
import type { components, paths } from './fetch.js';

const [baseUrl = '', token = ''] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl, headers: { authorization: `Bearer ${token}` } });
const environment = { path: { environment: 'prod' } };

const argv: components['schemas']['CommandRequest'] = { argv: ['dags', 'list'] };
const listed = await client.POST('/oidc/environments/{environment}/cli', { params: environment, body: argv });
const outcome: string | undefined = listed.data?.outcome;
const explained = await client.POST('/oidc/environments/{environment}/explain', {
  params: environment,
  body: { command: 'dags list', format: 'raw' },
});
const missing = await client.GET('/oidc/environments/{environment}/run', {
  params: { ...environment, query: { dagId: 'no_such_dag', runId: 'a b/c+1' } },
});
const state: string | undefined = missing.data?.state;
const detail: string | undefined = missing.error?.detail;
console.log(JSON.stringify({ outcome, allowed: explained.data?.allowed, state, detail, type: missing.error?.type }));
