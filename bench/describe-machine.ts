import { arch, cpus, loadavg, platform } from 'node:os';

/** Where and when a benchmark was run. The load is that of the last five minutes, the benchmark's own included. */
export function describeMachine(): string {
  const cores = cpus();
  const load = loadavg()[1]!.toFixed(1);
  const day = new Date().toISOString().slice(0, 10);
  return `${day}, Node.js ${process.version}, ${platform()} ${arch()}, ${cores.length} cores (${cores[0]?.model}), load ${load}.`;
}
