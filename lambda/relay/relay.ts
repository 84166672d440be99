import middy from '@middy/core';
import { executionModeStreamifyResponse } from '@middy/core/StreamifyResponse';
import { audited } from '../middleware/audited.ts';
import { ownApiOnly } from '../middleware/own-api-only.ts';
import { problems } from '../middleware/problems.ts';
import { upstreamOf } from '../mwaa/upstream.ts';
import { RELAY_ROUTES } from '../names.ts';
import { answer } from './answer.ts';
import { loadRelayEnvironment } from './relay-environment.ts';

const environment = loadRelayEnvironment();
const upstream = upstreamOf(environment);

const relay = (options: Parameters<typeof middy>[0] & object) =>
  middy({ ...options, timeoutEarlyInMillis: 0 })
    .use(audited(environment.name, Date.now))
    .use(problems())
    .use(ownApiOnly(process.env, Object.values(RELAY_ROUTES), { schedule: true }))
    .handler(answer(environment, upstream));

/** The relay function of one MWAA environment. Nothing is sent to the caller before the verdict. */
export const handler = relay({ executionMode: executionModeStreamifyResponse });

/** The same where API Gateway has no response streaming. */
export const buffered = relay({});
