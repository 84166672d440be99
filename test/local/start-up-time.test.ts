import { expect, test } from 'vitest';
import { measureStartup } from '../../bench/startup.ts';

/** Other programs on this machine can spoil a measurement, but not all of them. */
const ATTEMPTS = 5;

test('airflow costs little more than an empty process, and than curl', async () => {
  for (let attempt = 1; ; attempt++) {
    const { 'airflow version': airflow, curl, 'an empty node process': empty } = await measureStartup(5);
    const costs = { cpu: airflow.cpuMs / empty.cpuMs, beyondCurl: (airflow.wallMs - curl.wallMs) / empty.wallMs };
    // The aim is 2: half of that again is for the noise of a machine that does other things. The rest of the program, read on every
    // call, would cost 3.
    if (attempt < ATTEMPTS && (costs.cpu >= 2.6 || costs.beyondCurl >= 10)) continue;
    expect(costs.cpu).toBeLessThan(2.6);
    expect(costs.beyondCurl).toBeLessThan(10);
    return;
  }
});
