import { expect, test } from 'vitest';
import { createActiveFault } from '../../../../local/mwaa/faults.ts';

const COMMANDS = ['dags trigger a', 'dags list', 'dags trigger b', 'dags trigger c', 'dags trigger d'];

test.each([
  ['every response', {}, COMMANDS],
  ['every second response', { every: 2 }, ['dags list', 'dags trigger c']],
  ['every second trigger', { every: 2, commands: /^dags trigger/ }, ['dags trigger b', 'dags trigger d']],
])('a fault affects %s', (_, options, affected) => {
  const faults = createActiveFault();
  // The options of an earlier fault no longer count.
  faults.set('reset-after-run', { every: 7, commands: /nothing/ });
  faults.set('reset-after-run', options);
  expect(COMMANDS.filter((command) => faults.affectsResponse(command))).toEqual(affected);
});
