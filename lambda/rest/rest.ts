import middy from '@middy/core';
import type { RelayResponse, RestResponse } from '../../contract/relay-request.ts';
import { convertErrorsToResponses } from '../relay/convert-errors-to-responses.ts';
import { type LoggedContext, logRequests } from '../relay/log-requests.ts';
import type { RelayEvent } from '../relay/relay-event.ts';
import { createRelayRestUpstream } from './create-relay-rest-upstream.ts';
import { createRestHandler } from './create-rest-handler.ts';
import { loadRestEnvironment } from './rest-environment.ts';

const environment = loadRestEnvironment();

/** The REST relay of one MWAA environment. The front invokes it. */
export const handler = middy<RelayEvent, RelayResponse | RestResponse, Error, LoggedContext>({
  timeoutEarlyInMillis: 0,
})
  .use(logRequests(environment.name, Date.now))
  .use(convertErrorsToResponses())
  .handler(createRestHandler(environment, createRelayRestUpstream(environment)));
