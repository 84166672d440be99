/**
 * `npm run crowd [-- --callers N]`: many callers send a command at the same moment to an environment with two slots and a real Airflow,
 * first one that reads, then a trigger. Prints how long they waited, and exits with 1 if any caller got no result or if a run was lost or
 * doubled.
 */
import { parseArgs } from 'node:util';
import { startFaultyStack } from '../local/faulty-stack.ts';
import { findBrokenCrowdGuarantees, formatCrowdReport, runCrowd } from './run-crowd.ts';

const SLOTS = 2;

const { values } = parseArgs({ options: { callers: { type: 'string', default: '200' } } });
const callers = Number(values.callers);

const stack = await startFaultyStack(['patient'], { onProgress: console.error, timeouts: { queueSeconds: 60 } });
try {
  console.log(`${callers} callers at once, ${SLOTS} slots, ${stack.environments[0]?.runner.kind} Airflow`);
  for (const command of ['dags list-runs', 'dags trigger with a key'] as const) {
    const report = await runCrowd(stack, callers, command);
    for (const line of formatCrowdReport(command, report)) console.log(line);
    const broken = findBrokenCrowdGuarantees(report, callers, SLOTS);
    for (const message of broken) console.log(`BROKEN: ${message}`);
    if (broken.length > 0) process.exitCode = 1;
  }
} finally {
  await stack.close();
}
