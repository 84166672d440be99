import { afterAll, vi } from 'vitest';

// Several test files run in one process. Restoring prevents a file from affecting the next one.
afterAll(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});
