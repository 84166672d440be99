/**
 * Records the output of real Airflows whose DAG files, plugins, settings or databases do what those of an adversary do, for the test of the
 * verdict. Writes `test/fixtures/hostile-transcripts/<release>.json`. PostgreSQL's server must be installed, see `postgresql.ts`.
 *
 *     node tools/recordings/record-hostile.ts 2.11.2 3.0.6                 all scenes
 *     node tools/recordings/record-hostile.ts 2.11.2 --scenes=prints,ends  these scenes; keeps the others of the file
 */
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { formatTranscript, parseTranscript, type RecordedCommand } from '../../local/airflow/transcript.ts';
import { HOSTILE_SCENES } from './hostile-scenes.ts';
import { recordRelease } from './record-release.ts';
import type { Scene } from './scenes.ts';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { scenes: { type: 'string' } } });
const names = values.scenes?.split(',') ?? HOSTILE_SCENES.map(({ name }) => name);
const order = HOSTILE_SCENES.map(({ name }) => name);

for (const release of positionals) {
  const file = new URL(`../../test/fixtures/hostile-transcripts/${release}.json`, import.meta.url);
  for (const scene of HOSTILE_SCENES.filter(({ name }) => names.includes(name))) {
    const transcript = await recordRelease(release, [selectShare(scene, release)], console.error);
    const others = await readRecorded(file);
    const recorded = [...others.filter((other) => other.scene !== scene.name), ...transcript.recorded];
    recorded.sort((one, other) => order.indexOf(one.scene) - order.indexOf(other.scene));
    console.error(new Date().toISOString(), release, scene.name, transcript.recorded.length);
    await writeFile(file, formatTranscript({ release, recorded }));
  }
}

/** Two releases meet all behaviors, the others a third of them each. */
function selectShare(scene: Scene, release: string): Scene {
  const share = ['2.6.3', '2.10.1', '3.2.1', '3.3.1'].indexOf(release);
  const behaviors = scene.behaviors?.filter((_, number) => share === -1 || number % 3 === share % 3);
  return behaviors ? { ...scene, behaviors } : scene;
}

async function readRecorded(file: URL): Promise<readonly RecordedCommand[]> {
  try {
    return parseTranscript(await readFile(file, 'utf8')).recorded;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
