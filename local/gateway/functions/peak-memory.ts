import { readFileSync } from 'node:fs';

/**
 * The most memory that this process has had so far, in MB. On Linux from `/proc`: `process.resourceUsage()` begins with the memory of the
 * process that started this one.
 */
export function readPeakMemoryMb(): number {
  const [, kilobytes] =
    process.platform === 'linux' ? (/^VmHWM:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []) : [];
  return (kilobytes === undefined ? process.resourceUsage().maxRSS : Number(kilobytes)) / 1024;
}
