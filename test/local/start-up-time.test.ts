import { expect, test } from 'vitest';
import { measureStartup } from '../../bench/startup.ts';

test('airflow costs little more than an empty process, and than curl', async () => {
  const { 'airflow version': airflow, curl, 'an empty node process': empty } = await measureStartup(9);
  // The aim is 2: half of that again is for the noise of a machine that does other things. The rest of the program, read on every
  // call, would cost 3.
  expect(airflow.cpuMs / empty.cpuMs).toBeLessThan(2.6);
  expect(airflow.wallMs - curl.wallMs).toBeLessThan(10 * empty.wallMs);
});
