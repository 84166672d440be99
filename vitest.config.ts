import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { RUNS_ALL } from './test/local/select-releases.ts';

/** All cores. By default Vitest leaves one free, which is half of a machine with two. */
const maxWorkers = availableParallelism();

/** Ends a test that hangs. It is no limit for a test that is slow because the machine is slow or busy. */
const HANG_TIMEOUT_MS = 600_000;

/** The local test files that take longest. They start first, so that none of them runs alone at the end. */
const LONGEST = [
  ...['faults', 'wait', 'shell-scripts', 'prefork', 'idempotency', 'start', 'load'].map(
    (name) => `/local/${name}.test.ts`,
  ),
  '/contract/contract.test.ts',
];

/** The local test files that run only with `EVERY_RELEASE=1`: they take long, and others test the same code on fewer inputs. */
const NIGHTLY = [
  'airflowctl',
  'console-programs',
  'events-load',
  'fuzz',
  'generated-clients',
  'load',
  'one-key-one-run',
  'prefork',
  'start-fault',
].map((name) => `test/local/${name}.test.ts`);

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => LONGEST.some((name) => moduleId.endsWith(name));
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

/** Without isolation, a worker imports shared modules such as the CDK once, not once per test file. */
const common = {
  testTimeout: HANG_TIMEOUT_MS,
  hookTimeout: HANG_TIMEOUT_MS,
  maxWorkers,
  isolate: false,
  setupFiles: ['test/restore-spies.ts'],
};

/** The tiers run one after another. CONTRIBUTING.md says what the tests of each tier may use. */
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      { test: { ...common, name: 'unit', include: ['test/unit/**/*.test.ts'], sequence: { groupOrder: 0 } } },
      { test: { ...common, name: 'infra', include: ['test/infra/**/*.test.ts'], sequence: { groupOrder: 1 } } },
      {
        test: {
          ...common,
          name: 'local',
          include: ['test/local/**/*.test.ts', 'test/contract/**/*.test.ts'],
          exclude: RUNS_ALL ? [] : NIGHTLY,
          // More than cores, because these tests wait for timeouts half of the time. Each worker runs its own Airflow processes, which
          // need several hundred megabytes.
          maxWorkers: Math.min(maxWorkers + 2, 4),
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
