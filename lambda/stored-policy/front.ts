import { setTimeout as sleep } from 'node:timers/promises';
import type { StackFrontFile } from '../../config/stack-files.ts';
import type { StoredPolicy } from '../../config/stored-policy.ts';
import { STACK_FRONT_FUNCTION } from '../../contract/function-names.ts';
import { type FrontEnvironments, loadFrontEnvironments } from '../front/front-environments.ts';
import { createInvokeRelay } from '../front/queue/create-invoke-relay.ts';
import { createLambdaInvoke } from '../front/queue/create-lambda-invoke.ts';
import { streamResponses } from '../front/stream-responses.ts';
import { wrapFrontHandler } from '../front/wrap-front-handler.ts';
import { readDeployedJson } from '../read-deployed-json.ts';
import { createPolicyFrontHandler } from './create-policy-front-handler.ts';
import { createFetchPolicyObject } from './fetch-policy-object.ts';
import { createPolicySource } from './policy-source.ts';
import { readSlots, readVariable } from './read-deployment.ts';

const name = readVariable('environment');
const release = readVariable('release');
const { environment, ...file }: StackFrontFile = readDeployedJson(STACK_FRONT_FUNCTION.dataFile);
const entry = {
  ...environment,
  airflow: release,
  relay: readVariable('relay'),
  slots: readSlots(readVariable('slots')),
};

const createEnvironments = ({ grants }: StoredPolicy): FrontEnvironments =>
  loadFrontEnvironments({ ...file, grants, environments: { [name]: { ...entry, grants: [...grants.keys()] } } });

const handle = wrapFrontHandler(
  createPolicyFrontHandler({
    ...file,
    createEnvironments,
    source: createPolicySource({
      fetchObject: createFetchPolicyObject({ bucket: readVariable('policyBucket') }),
      environment: name,
      release,
      reader: 'front',
      now: Date.now,
    }),
    invokeRelay: createInvokeRelay({
      invoke: createLambdaInvoke(Date.now),
      now: Date.now,
      random: Math.random,
      sleep,
    }),
    now: Date.now,
  }),
);

/** The front of a deployment without the CDK. */
export const handler = streamResponses(handle);
