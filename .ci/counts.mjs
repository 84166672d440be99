// Prints `N passed, N failed` for the last test run. A failure outside of the tests (lint, types, a file that cannot be loaded)
// counts as one.
import { existsSync, readFileSync } from 'node:fs';

const exitCode = Number(process.argv[2]);
const file = new URL('../.cache/test-results.json', import.meta.url);
const results = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
const { numPassedTests = 0, numFailedTests = 0, numPendingTests = 0 } = results;
const failed = exitCode !== 0 && numFailedTests === 0 ? 1 : numFailedTests;
console.log(`${numPassedTests} passed, ${failed} failed${numPendingTests > 0 ? `, ${numPendingTests} skipped` : ''}`);
