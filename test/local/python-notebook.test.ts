/** A wait of the Python client in a real kernel of a notebook. Only with `EVERY_RELEASE=1`. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { installPythonPackages } from '../../local/airflow/install-python-packages.ts';
import { createInstallerEnvironment, runProcess } from '../../local/airflow/run-process.ts';
import { RUNS_ALL } from './select-releases.ts';

const SOURCE = fileURLToPath(new URL('../../python/src', import.meta.url));
const PROGRAM = fileURLToPath(new URL('run_kernel.py', import.meta.url));

const notebook = RUNS_ALL
  ? await installPythonPackages('python-notebook')
  : { unavailable: 'The kernel of a notebook runs with EVERY_RELEASE=1.' };
if ('unavailable' in notebook) console.error(`SKIPPED: ${notebook.unavailable}`);

const running = (run: string) => `${run} of daily: running (after 0s)`;
const CONTINUES = "The run continues in prod. To keep waiting: proxy.wait('daily', 'endless')";

test.skipIf('unavailable' in notebook)(
  'a notebook shows a wait in one output, and how to go on after an interrupt',
  async () => {
    const python = 'bin' in notebook ? join(notebook.bin, 'python') : '';
    const environment = createInstallerEnvironment();
    const { exitCode, stdout, stderr } = await runProcess(python, [PROGRAM, SOURCE], { environment });
    expect({ exitCode }, stderr).toEqual({ exitCode: 0 });
    const [imported, ...cells] = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    expect(imported).toEqual([]);
    const ended = (run: string) => [
      ['display_data', running(run)],
      ['update_display_data', running(run)],
      ['update_display_data', expect.stringMatching(`^${run} of daily: success \\(after \\d+s\\)$`)],
    ];
    const interrupted = (error: string) => [
      ['display_data', running('endless')],
      ['update_display_data', CONTINUES],
      ['error', error],
    ];
    expect(cells).toEqual([
      ended('blocking'),
      ended('asyncio'),
      interrupted('KeyboardInterrupt'),
      interrupted('CancelledError'),
      [['stream', 'success\n']],
    ]);
  },
);
