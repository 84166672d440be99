import middy from '@middy/core';
import { executionModeStreamifyResponse } from '@middy/core/StreamifyResponse';
import { RELAY_ROUTES } from '../../contract/routes.ts';
import { convertErrorsToProblems } from '../middleware/convert-errors-to-problems.ts';
import { requireOwnApi } from '../middleware/require-own-api.ts';
import { auditRequests } from './audit-requests.ts';
import { createRelayHandler } from './create-relay-handler.ts';
import { createRelayUpstream } from './create-relay-upstream.ts';
import { loadRelayEnvironment } from './relay-environment.ts';

const environment = loadRelayEnvironment();
const upstream = createRelayUpstream(environment);

const createHandler = (options: Parameters<typeof middy>[0] & object) =>
  middy({ ...options, timeoutEarlyInMillis: 0 })
    .use(auditRequests(environment.name, Date.now))
    .use(convertErrorsToProblems())
    .use(requireOwnApi(process.env, Object.values(RELAY_ROUTES), { schedule: true }))
    .handler(createRelayHandler(environment, upstream));

/** The relay function of one MWAA environment. The response starts only after the verdict is known. */
export const handler = createHandler({ executionMode: executionModeStreamifyResponse });

/** The same function for an API without response streaming. */
export const buffered = createHandler({});
