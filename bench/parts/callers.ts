import { readBoto3Version } from '../measure-python-sample.ts';
import { CALLERS, measureRestCallers, RELEASE, REQUESTS_PER_CALLER } from '../measure-rest-callers.ts';
import type { Part } from '../part.ts';

/** Many callers of the REST API at once, against AWS's own API for it. */
export const callers: Part = {
  title: 'Callers of the REST API at once',
  rounds: 2,
  run: async (rounds) => ({ notes: NOTES, tables: [await measureRestCallers(rounds)] }),
};

const NOTES = [
  `${CALLERS} callers begin at the same moment, and each sends ${REQUESTS_PER_CALLER} GET requests for DAGs, one after the other, to one web server of Airflow
${RELEASE} with one worker. Times are those of the callers, with all waiting and retries; requests that failed have none. The proxy is the
deployed API on the local stack: a process for each front and each of the ten REST relays, on the same two cores as Airflow, the callers, and
the gateway. In AWS, these do not share cores.`,
  `AWS documents for InvokeRestApi 10 requests a second and 10 seconds for each. The stand-in has these limits, accepts a burst of one second,
and adds no time of its own. Its callers are unmodified: ${readBoto3Version()}, with five tries by default and three in the mode
\`standard\`. The real API is not available to callers outside of the VPC if the web server is private. On a busy machine, the web server
itself answers fewer than 10 requests a second: then the limit costs no time, only the requests that it rejects for good.`,
];
