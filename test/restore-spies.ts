import { afterAll, vi } from 'vitest';

// Test files share a process, so spies and variables must not leak into the next file.
afterAll(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});
