/**
 * `npm run load [-- --callers N] [--seconds N]`: sends commands from many callers at once to the local stack with a real Airflow. Prints
 * the responses, and whether every run is in Airflow's database exactly once. Exits with 1 if a guarantee does not hold.
 */
import { parseArgs } from 'node:util';
import { startFaultyStack } from '../local/faulty-stack.ts';
import { findBrokenGuarantees, runLoad } from './run-load.ts';

const { values } = parseArgs({
  options: { callers: { type: 'string', default: '200' }, seconds: { type: 'string', default: '120' } },
});
const options = { callers: Number(values.callers), seconds: Number(values.seconds) };

const stack = await startFaultyStack(['patient'], { onProgress: console.error });
try {
  console.log(`${options.callers} callers for ${options.seconds} s, ${stack.environments[0]?.runner.kind} Airflow`);
  const report = await runLoad(stack, options);
  console.table(report.responses);
  const { runs, memoryMb, maxConcurrent, concurrency, callersWithoutSuccess } = report;
  console.table({
    'commands in MWAA at the same time': `${maxConcurrent}, limit ${concurrency}`,
    'callers without any success': callersWithoutSuccess,
    'rejections without Retry-After': report.rejectedWithoutRetryAfter.length,
    'memory of the functions, MB': `${memoryMb.warm} warm, ${memoryMb.end} at the end`,
    ...(runs && {
      "runs in Airflow's database": runs.inDatabase,
      'triggers with 200': runs.confirmed,
      'duplicated, lost, unaccounted for': `${runs.duplicated.length}, ${runs.lost.length}, ${runs.unexpectedRuns.length}`,
      'unknown outcomes, and how many ran': `${runs.unknownOutcomes}, ${runs.unknownOutcomesThatRan}`,
    }),
  });
  const broken = findBrokenGuarantees(report);
  for (const message of broken) console.log(`BROKEN: ${message}`);
  process.exitCode = broken.length > 0 ? 1 : 0;
} finally {
  await stack.close();
}
