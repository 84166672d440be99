/**
 * `npm run load [-- --callers N] [--seconds N]`: many callers at once against the whole of it, with a real Airflow behind.
 * Prints what they were answered and whether every run is in Airflow's database exactly once; exits with 1 where a promise
 * was broken.
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
  const { runs, memoryMb, mostAtOnce, concurrency, callersWithoutSuccess } = report;
  console.table({
    'commands at once in MWAA': `${mostAtOnce} of ${concurrency} promised`,
    'callers without any success': callersWithoutSuccess,
    'refusals without Retry-After': report.refusedWithoutRetryAfter.length,
    'memory of the functions, MB': `${memoryMb.warm} warm, ${memoryMb.end} at the end`,
    ...(runs && {
      "runs in Airflow's database": runs.inDatabase,
      'triggers answered 200': runs.confirmed,
      'doubled, lost, unaccounted for': `${runs.doubled.length}, ${runs.lost.length}, ${runs.unexpectedRuns.length}`,
      'triggers left open, of them run': `${runs.unknownOutcomes}, ${runs.unknownOutcomesThatRan}`,
    }),
  });
  const broken = findBrokenGuarantees(report);
  for (const promise of broken) console.log(`BROKEN: ${promise}`);
  process.exitCode = broken.length > 0 ? 1 : 0;
} finally {
  await stack.close();
}
