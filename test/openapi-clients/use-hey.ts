/** A program with a client that @hey-api/openapi-ts makes. Prints what the API answers. */
import { client } from './hey/client.gen.js';
import { explainCommandByToken, getRunByToken, runCommandByToken } from './hey/index.js';

const [baseUrl = '', token = ''] = process.argv.slice(2);
client.setConfig({ baseUrl, auth: token });
const path = { environment: 'prod' };

const listed = await runCommandByToken({ path, body: { argv: ['dags', 'list'] } });
const outcome: string | undefined = listed.data?.outcome;
const explained = await explainCommandByToken({ path, body: { command: 'dags list', format: 'raw' } });
const missing = await getRunByToken({ path, query: { dagId: 'no_such_dag', runId: 'a b/c+1' } });
const state: string | undefined = missing.data?.state;
const detail: string | undefined = missing.error?.detail;
console.log(JSON.stringify({ outcome, allowed: explained.data?.allowed, state, detail, type: missing.error?.type }));
