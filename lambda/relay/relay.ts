import middy from '@middy/core';
import type { RelayResponse } from '../../contract/relay-request.ts';
import { convertErrorsToResponses } from './convert-errors-to-responses.ts';
import { createRelayHandler } from './create-relay-handler.ts';
import { createRelayUpstream } from './create-relay-upstream.ts';
import { type LoggedContext, logRequests } from './log-requests.ts';
import { loadRelayEnvironment } from './relay-environment.ts';
import type { RelayEvent } from './relay-event.ts';

const environment = loadRelayEnvironment();

/** The relay function of one MWAA environment. The front and the schedule invoke it. */
export const handler = middy<RelayEvent, RelayResponse, Error, LoggedContext>({ timeoutEarlyInMillis: 0 })
  .use(logRequests(environment.name, Date.now))
  .use(convertErrorsToResponses())
  .handler(createRelayHandler(environment, createRelayUpstream(environment)));
