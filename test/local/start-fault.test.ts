import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { selectReleases } from './select-releases.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

function runNpmStart(...options: string[]): Promise<{ exitCode: number; printed: string }> {
  return new Promise((resolve) => {
    execFile('npm', ['start', '--', ...options], { cwd: ROOT }, (error, stdout, stderr) =>
      resolve({ exitCode: error === null ? 0 : Number(error.code), printed: stdout + stderr }),
    );
  });
}

const FAULTS = [
  ['504-after-run', /problem:outcome-unknown".*Airflow ran once for this request/s],
  ['token-missing-permission', /problem:token-not-permitted".*Airflow ran 0 times for this request/s],
  ['early-abort', /the caller disconnected.*Airflow ran once for this request/s],
] as const;

test.each(selectReleases(FAULTS, ([fault]) => fault === '504-after-run'))(
  'npm start -- --fault %s shows the response that a caller gets, and that the next request works',
  async (fault, expected) => {
    const { exitCode, printed } = await runNpmStart('--once', '--fault', fault);

    expect(exitCode, printed).toBe(0);
    expect(printed).toContain(`*** FAULT ${fault}: `);
    expect(printed).toMatch(expected);
    expect(printed).toMatch(/Without the fault:.*< 200/s);
    expect(printed).not.toMatch(/eyJ[\w-]+\.|Bearer|AWS4-HMAC/);
  },
);

test('npm start -- --fault list prints the faults, and an unknown fault exits with 2', async () => {
  const listed = await runNpmStart('--fault', 'list');
  expect(listed.exitCode).toBe(0);
  expect(listed.printed).toMatch(/^ {2}slow-answer +the command runs, but the response is late$/m);

  const refused = await runNpmStart('--fault', 'slow-anser');
  expect(refused.exitCode).toBe(2);
  expect(refused.printed).toMatch(/There is no fault slow-anser\. Did you mean "slow-answer"\?/);
});
