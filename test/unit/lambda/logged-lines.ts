import { vi } from 'vitest';

/** The lines that a function has logged as JSON. `console.log` must be mocked. */
export const getLoggedLines = () => vi.mocked(console.log).mock.calls.map(([line]) => JSON.parse(line));
