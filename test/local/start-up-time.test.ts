import { expect, test } from 'vitest';
import { measureStartup } from '../../bench/startup.ts';

/** Other programs on this machine can distort a measurement, so it is repeated. */
const ATTEMPTS = 5;

test('airflow version needs little more time than an empty Node process and curl', async () => {
  for (let attempt = 1; ; attempt++) {
    const { 'airflow version': airflow, curl, 'an empty node process': empty } = await measureStartup(5);
    const costs = { cpu: airflow.cpuMs / empty.cpuMs, beyondCurl: (airflow.wallMs - curl.wallMs) / empty.wallMs };
    // The aim is a ratio of 2. The limit is higher because other programs disturb the measurement. If every call loaded the whole program,
    // the ratio would be 3.
    if (attempt < ATTEMPTS && (costs.cpu >= 2.6 || costs.beyondCurl >= 10)) continue;
    expect(costs.cpu).toBeLessThan(2.6);
    expect(costs.beyondCurl).toBeLessThan(10);
    return;
  }
});
