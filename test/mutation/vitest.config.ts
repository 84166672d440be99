import { defineConfig } from 'vitest/config';

/** The tests that must notice a changed rule of `airflow/` or `policy/`: the pure ones. */
export default defineConfig({
  test: { include: ['test/unit/{airflow,policy,lambda}/**/*.test.ts'] },
});
