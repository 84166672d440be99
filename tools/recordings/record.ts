/**
 * Records the output of real Airflows, for the tests of the outcome and for the replay. Runs each scene of `scenes.ts` on a new database and
 * writes `local/airflow/transcripts/<release>.json`. Paths are replaced by those of an MWAA container; the recording fails if it still
 * contains paths of this machine.
 *
 *     node tools/recordings/record.ts                          all releases that have been recorded
 *     node tools/recordings/record.ts 2.10.3                   one release
 *     node tools/recordings/record.ts 2.10.3 --scenes=everyday these scenes; keeps the others of the file
 *
 * Run it when a scene or an example DAG changes, and commit the result.
 */
import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { getTranscriptFile } from '../../local/airflow/transcript.ts';
import { recordScenes } from './record-scenes.ts';
import { SCENES } from './scenes.ts';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { scenes: { type: 'string' } } });
const recordedReleases = readdirSync(new URL('../../local/airflow/transcripts', import.meta.url)).map((file) =>
  file.replace(/\.json$/, ''),
);

for (const release of positionals.length > 0 ? positionals : recordedReleases)
  await recordScenes(release, getTranscriptFile(release), SCENES, values.scenes?.split(','));
