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

/** The relay function of one MWAA environment. Nothing is sent to the caller before the verdict. */
export const handler = middy({ executionMode: executionModeStreamifyResponse, timeoutEarlyInMillis: 0 })
  .use(audited(environment.name, Date.now))
  .use(problems())
  .use(ownApiOnly(process.env, Object.values(RELAY_ROUTES)))
  .handler(answer(environment, upstreamOf(environment)));
