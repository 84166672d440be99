import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Vitest would leave one core free, of two the half. */
const maxWorkers = availableParallelism();

/** Ends a test that hangs. Nothing is said about how long one may take: a machine may be slow, or busy. */
const PATIENCE_MS = 600_000;

/** The local tests that take longest. Started first, none of them runs alone at the end. */
const LONGEST = ['faults', 'wait', 'shell-scripts', 'prefork', 'idempotency'].map((name) => `/local/${name}.test.ts`);

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => LONGEST.some((name) => moduleId.endsWith(name));
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

/** Without isolation, a process imports what many files import, the CDK above all, once. */
const common = {
  testTimeout: PATIENCE_MS,
  hookTimeout: PATIENCE_MS,
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
          include: ['test/local/**/*.test.ts'],
          // Each has Airflows of its own, some hundred megabytes.
          maxWorkers: Math.min(maxWorkers, 4),
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
