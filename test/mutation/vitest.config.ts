import { defineConfig } from 'vitest/config';

/** The tests that must fail for a mutation in `airflow/` or `policy/`: those without I/O. */
export default defineConfig({
  test: {
    // Mutated code is slower, because it records which test covers which mutation.
    testTimeout: 30_000,
    include: [
      'test/unit/{airflow,policy}/**/*.test.ts',
      'test/unit/lambda/{relay-command,read-request-body,audit-log}.test.ts',
    ],
    // These read docs/ and local/, which are not copied for a mutation run (`ignorePatterns` in stryker.config.json). No mutation
    // depends on them.
    exclude: ['test/unit/airflow/catalogs.test.ts', 'test/unit/airflow/transcripts*.test.ts'],
  },
});
