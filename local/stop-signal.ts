import { runProcess } from './airflow/run-process.ts';
import { isProcessRunning } from './local-folder.ts';

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGTERM: 15 } as const;

/** Ctrl-C reaches this process twice if its parent passes it on. */
const SAME_SIGNAL_MS = 1_000;

/**
 * Returns a signal that is aborted when this process should end: after SIGINT, SIGTERM, SIGHUP or SIGQUIT, when the terminal or the
 * reader of a pipe is gone, and when the `npm` or `bin/run.mjs` that started it is gone. A second signal ends the process at once: the
 * processes that it started notice that.
 *
 * The reason is the exit code of a process that the signal ends.
 */
export function createStopSignal(): AbortSignal {
  const controller = new AbortController();
  let stoppedAt: number | undefined;
  const stop = (exitCode: number) => {
    if (stoppedAt !== undefined && performance.now() - stoppedAt > SAME_SIGNAL_MS) process.exit(exitCode);
    stoppedAt ??= performance.now();
    controller.abort(exitCode);
  };
  for (const [name, number] of Object.entries(SIGNALS)) process.on(name, () => stop(128 + number));
  const stopOnce = () => {
    if (!controller.signal.aborted) stop(1);
  };
  for (const stream of [process.stdout, process.stderr]) stream.on('error', stopOnce);
  if (process.channel) {
    process.on('disconnect', stopOnce);
    process.channel.unref();
  }
  if (process.env.npm_lifecycle_event !== undefined) void watchParents(stopOnce);
  return controller.signal;
}

/** npm starts this process through a shell, and a signal that ends npm does not always end the shell. */
async function watchParents(onGone: () => void): Promise<void> {
  const { ppid } = process;
  const { stdout } = await runProcess('ps', ['-o', 'ppid=,comm=', '-p', String(ppid)]);
  const [, grandparent, command = ''] = /^\s*(\d+)\s+(.*?)\s*$/.exec(stdout) ?? [];
  const npm = /(^|\/)-?(sh|dash|bash|ash|zsh)$/.test(command) ? Number(grandparent) : ppid;
  setInterval(() => {
    if (process.ppid !== ppid || !isProcessRunning(npm)) onGone();
  }, 250).unref();
}
