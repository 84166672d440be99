import { defineConfig } from 'vitest/config';

/** The tests that must notice a changed rule of `airflow/` or `policy/`: the pure ones. */
export default defineConfig({
  test: {
    // Changed code is slower: it notes which test reaches what.
    testTimeout: 30_000,
    include: ['test/unit/{airflow,policy}/**/*.test.ts', 'test/unit/lambda/{relay-command,request-body,audit}.test.ts'],
    // It reads the documents, which are not copied for a mutation run (`ignorePatterns`), and no rule depends on it.
    // So it is with the transcripts, which lie beside what records them.
    exclude: ['test/unit/airflow/catalogs.test.ts', 'test/unit/airflow/transcripts*.test.ts'],
  },
});
