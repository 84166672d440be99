import { setTimeout as sleep } from 'node:timers/promises';
import { addHints } from '../../airflow/release-hints.ts';
import type { DeploymentFile } from '../../config/deployment-file.ts';
import { CATALOG_FOLDER, DEPLOYMENT_FUNCTION } from '../../contract/function-names.ts';
import { createFrontEnvironments } from '../front/front-environments.ts';
import { createInvokeRelay } from '../front/queue/create-invoke-relay.ts';
import { createLambdaInvoke } from '../front/queue/create-lambda-invoke.ts';
import { readDeployedJson } from '../read-deployed-json.ts';
import { createDeploymentHandler } from './create-deployment-handler.ts';
import { createReadSecret } from './create-read-secret.ts';
import { sendResponse } from './send-response.ts';

const file: DeploymentFile = readDeployedJson(DEPLOYMENT_FUNCTION.dataFile);
const clock = { now: Date.now, random: Math.random, sleep };

/** The function of one deployment. */
export const handler = createDeploymentHandler({
  ...clock,
  caller: file.caller,
  environments: createFrontEnvironments(file, {
    readCatalog: (release) => addHints(readDeployedJson(`${CATALOG_FOLDER}/${release}.json`)),
    readOperations: () => {
      throw new Error('Deployments run commands only');
    },
  }),
  invokeRelay: createInvokeRelay({ invoke: createLambdaInvoke(Date.now), ...clock }),
  readSecret: createReadSecret(clock),
  sendResponse,
});
