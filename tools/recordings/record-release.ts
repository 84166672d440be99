import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Catalog } from '../../airflow/catalog.ts';
import { installAirflow } from '../../local/airflow/install-airflow.ts';
import type { RecordedCommand, Transcript } from '../../local/airflow/transcript.ts';
import { createSteps } from './create-steps.ts';
import { createOutputNormalizer } from './normalize-output.ts';
import { runSceneSteps } from './run-scene.ts';
import { createSceneHome } from './scene-home.ts';
import type { Scene } from './scenes.ts';

/**
 * Runs the scenes with a real Airflow. Throws if Airflow cannot be installed, or if the normalized output still contains paths of this
 * machine. A command with a behavior whose output contains such paths is omitted.
 */
export async function recordRelease(
  release: string,
  scenes: readonly Scene[],
  onProgress: (line: string) => void,
): Promise<Transcript> {
  const catalog = JSON.parse(
    await readFile(new URL(`../../airflow/catalogs/${release}.json`, import.meta.url), 'utf8'),
  ) as Catalog;
  const installed = await installAirflow(release, { onProgress });
  if ('unavailable' in installed) throw new Error(installed.unavailable);
  const recorded: RecordedCommand[] = [];
  const leaks: string[] = [];
  for (const scene of scenes) {
    const folder = await mkdtemp(join(tmpdir(), 'record-'));
    const { home, close } = await createSceneHome(scene, installed, folder);
    try {
      const steps = scene.lines.flatMap((line) => createSteps(catalog, line));
      const normalize = await createOutputNormalizer(installed, home, leaks);
      const known = new Set<string>();
      for (const { stdout, stderr, ...run } of await runSceneSteps(scene, steps, installed, home)) {
        const leaksBefore = leaks.length;
        const streams = { stdout: normalize(`${stdout}`), stderr: normalize(`${stderr}`) };
        const key = JSON.stringify([run.words, run.exitCode, run.signal, streams]);
        // A behavior that has no effect on a command adds nothing.
        if (scene.behaviors && leaks.length > leaksBefore) onProgress(`omitted: ${leaks.pop()}`);
        else if (!scene.behaviors || !known.has(key)) recorded.push({ scene: scene.name, ...run, ...streams });
        known.add(key);
      }
      onProgress(`${release} ${scene.name}: ${steps.length} steps`);
    } finally {
      await close();
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    }
  }
  if (leaks.length > 0) throw new Error(`The recording contains paths of this machine:\n${leaks.join('\n')}`);
  return { release, recorded };
}
