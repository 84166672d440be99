/**
 * Records the output of real Airflows whose DAG files, plugins, settings or databases do what those of an adversary do, for the test of the
 * verdict. Writes `test/fixtures/hostile-transcripts/<release>.json`. PostgreSQL's server must be installed, see `postgresql.ts`.
 *
 *     node tools/recordings/record-hostile.ts 2.11.2 3.0.6                 all scenes
 *     node tools/recordings/record-hostile.ts 2.11.2 --scenes=prints,ends  these scenes; keeps the others of the file
 */
import { parseArgs } from 'node:util';
import { HOSTILE_SCENES } from './hostile-scenes.ts';
import { recordScenes } from './record-scenes.ts';
import type { Scene } from './scenes.ts';

const HALVED_SCENES = [
  'killed',
  'empty database',
  'locked database',
  'read-only database',
  'unreachable database',
  'debug',
];

const { values, positionals } = parseArgs({ allowPositionals: true, options: { scenes: { type: 'string' } } });

for (const release of positionals) {
  const file = new URL(`../../test/fixtures/hostile-transcripts/${release}.json`, import.meta.url);
  const scenes = HOSTILE_SCENES.map((scene) => selectShare(scene, release));
  await recordScenes(release, file, scenes, values.scenes?.split(','));
}

/** Two releases meet all behaviors, and all commands in scenes without behaviors. The others meet a third or a half of them each. */
function selectShare(scene: Scene, release: string): Scene {
  const share = ['2.6.3', '2.10.1', '3.2.1', '3.3.1'].indexOf(release);
  if (share === -1) return scene;
  const select = <T>(values: readonly T[], parts: number) =>
    values.filter((_, number) => number % parts === share % parts);
  if (scene.behaviors) return { ...scene, behaviors: select(scene.behaviors, 3) };
  return HALVED_SCENES.includes(scene.name) ? { ...scene, lines: select(scene.lines, 2) } : scene;
}
