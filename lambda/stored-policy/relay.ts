import middy from '@middy/core';
import type { StackRelayFile } from '../../config/stack-files.ts';
import { CATALOG_FOLDER, STACK_RELAY_FUNCTION } from '../../contract/function-names.ts';
import type { RelayResponse } from '../../contract/relay-request.ts';
import { readDeployedJson } from '../read-deployed-json.ts';
import { convertErrorsToResponses } from '../relay/convert-errors-to-responses.ts';
import { createRelayUpstream } from '../relay/create-relay-upstream.ts';
import { type LoggedContext, logRequests } from '../relay/log-requests.ts';
import type { RelayEvent } from '../relay/relay-event.ts';
import { createPolicyRelayHandler } from './create-policy-relay-handler.ts';
import { createFetchPolicyObject } from './fetch-policy-object.ts';
import { createPolicySource } from './policy-source.ts';
import { readVariable } from './read-deployment.ts';

const name = readVariable('environment');
const release = readVariable('release');
const file: StackRelayFile = readDeployedJson(STACK_RELAY_FUNCTION.dataFile);
const environment = {
  ...file,
  name,
  mwaaName: name,
  airflow: release,
  catalog: readDeployedJson(`${CATALOG_FOLDER}/${release}.json`),
};
const source = createPolicySource({
  fetchObject: createFetchPolicyObject({ bucket: readVariable('policyBucket') }),
  environment: name,
  release,
  reader: 'relay',
  now: Date.now,
});

/** The relay of a deployment without the CDK. */
export const handler = middy<RelayEvent, RelayResponse, Error, LoggedContext>({ timeoutEarlyInMillis: 0 })
  .use(logRequests(name, Date.now))
  .use(convertErrorsToResponses())
  .handler(createPolicyRelayHandler(source, environment, createRelayUpstream({ ...environment, grants: [] })));
