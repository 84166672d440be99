import { measureCallers } from '../measure-callers.ts';
import { measureManyRequests } from '../measure-many-requests.ts';
import type { Part } from '../part.ts';

/** Requests of the memory measurement for each round. */
const REQUESTS_PER_ROUND = 5000;

/** The most callers for each round: 50 by default, 200 with 80 rounds. */
const CALLERS_PER_ROUND = 2.5;

/** Many callers at once, and many requests one after the other. */
export const load: Part = {
  title: 'Load and memory',
  rounds: 20,
  async run(rounds) {
    const callers = await measureCallers(rounds * CALLERS_PER_ROUND);
    return { notes: NOTES, tables: [callers, await measureManyRequests(rounds * REQUESTS_PER_ROUND)] };
  },
};

const NOTES = [
  `Callers send one command each at the same moment, with the library, to the deployed API on the local stack, whose Airflow answers with a
recorded answer after a fixed time. With 80 rounds or more, there are up to 200 callers. The
ideal is a queue that never leaves a slot empty. Waiting requests try again about once a second, so commands of a fraction of a second
leave slots empty; commands of MWAA take seconds, and the section on the queue has those. The second table sends requests to a built function, one after the other
in one process, and collects the garbage before it reads the memory. RSS includes the memory in which V8 creates objects, which grows in steps
to some 60 MB while requests follow each other without a pause.`,
];
