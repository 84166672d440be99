import { readFile, writeFile } from 'node:fs/promises';
import { formatTranscript, parseTranscript, type RecordedCommand } from '../../local/airflow/transcript.ts';
import { recordRelease } from './record-release.ts';
import type { Scene } from './scenes.ts';

/**
 * Records scenes of a release and writes them to its file after each scene. Keeps the file's other scenes, as far as they are in `order`.
 *
 * @param names the scenes to record, all by default
 */
export async function recordScenes(
  release: string,
  file: URL,
  scenes: readonly Scene[],
  names: readonly string[] = scenes.map(({ name }) => name),
): Promise<void> {
  const order = scenes.map(({ name }) => name);
  const unknown = names.find((name) => !order.includes(name));
  if (unknown !== undefined) throw new Error(`There is no scene "${unknown}": ${order.join(', ')}`);
  for (const scene of scenes.filter(({ name }) => names.includes(name))) {
    const transcript = await recordRelease(release, [scene], console.error);
    const others = (await readRecorded(file)).filter((other) => other.scene !== scene.name);
    const recorded = [...others, ...transcript.recorded].filter((entry) => order.includes(entry.scene));
    recorded.sort((one, other) => order.indexOf(one.scene) - order.indexOf(other.scene));
    console.error(new Date().toISOString(), release, scene.name, transcript.recorded.length);
    await writeFile(file, formatTranscript({ release, recorded }));
  }
}

async function readRecorded(file: URL): Promise<readonly RecordedCommand[]> {
  try {
    return parseTranscript(await readFile(file, 'utf8')).recorded;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
