import middy from '@middy/core';
import { executionModeStreamifyResponse } from '@middy/core/StreamifyResponse';
import { RELAY_ROUTES } from '../../contract/routes.ts';
import { convertErrorsToProblems } from '../middleware/convert-errors-to-problems.ts';
import { requireOwnApi } from '../middleware/require-own-api.ts';
import { auditRequests } from './audit-requests.ts';
import { createRelayHandler } from './create-relay-handler.ts';
import { createUpstream } from './create-upstream.ts';
import { loadRelayEnvironment } from './relay-environment.ts';

const environment = loadRelayEnvironment();
const upstream = createUpstream(environment);

const createHandler = (options: Parameters<typeof middy>[0] & object) =>
  middy({ ...options, timeoutEarlyInMillis: 0 })
    .use(auditRequests(environment.name, Date.now))
    .use(convertErrorsToProblems())
    .use(requireOwnApi(process.env, Object.values(RELAY_ROUTES), { schedule: true }))
    .handler(createRelayHandler(environment, upstream));

/** The relay function of one MWAA environment. Nothing is sent to the caller before the verdict. */
export const handler = createHandler({ executionMode: executionModeStreamifyResponse });

/** The same where API Gateway has no response streaming. */
export const buffered = createHandler({});
