import { afterAll, vi } from 'vitest';

// Files share a process: none leaves a spy or a variable to the next one.
afterAll(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});
