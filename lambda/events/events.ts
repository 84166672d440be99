import { setTimeout as sleep } from 'node:timers/promises';
import { addHints } from '../../airflow/release-hints.ts';
import type { EventsFile } from '../../config/events-file.ts';
import { CATALOG_FOLDER, EVENTS_FUNCTION } from '../../contract/function-names.ts';
import { createFrontEnvironments } from '../front/front-environments.ts';
import { createInvokeRelay } from '../front/queue/create-invoke-relay.ts';
import { createLambdaInvoke } from '../front/queue/create-lambda-invoke.ts';
import { readDeployedJson } from '../read-deployed-json.ts';
import { createEventsHandler } from './create-events-handler.ts';
import { createQueueClient } from './create-queue-client.ts';

const file: EventsFile = readDeployedJson(EVENTS_FUNCTION.dataFile);

/** The events function. Event source mappings invoke it. */
export const handler = createEventsHandler({
  file,
  environments: createFrontEnvironments(file, {
    readCatalog: (release) => addHints(readDeployedJson(`${CATALOG_FOLDER}/${release}.json`)),
    readOperations: () => {
      throw new Error('Events run commands only');
    },
  }),
  invokeRelay: createInvokeRelay({ invoke: createLambdaInvoke(Date.now), now: Date.now, random: Math.random, sleep }),
  queues: createQueueClient({ region: process.env.AWS_REGION ?? '', now: Date.now, sleep }),
  now: Date.now,
  random: Math.random,
});
