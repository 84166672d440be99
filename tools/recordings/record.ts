/**
 * Records the output of real Airflows, for the tests of the outcome and for the replay. Runs each scene of `scenes.ts` on a new database and
 * writes `local/airflow/transcripts/<release>.json`. Paths are replaced by those of an MWAA container; the recording fails if it still
 * contains paths of this machine.
 *
 *     node tools/recordings/record.ts            all releases that have been recorded
 *     node tools/recordings/record.ts 2.10.3     one release
 *
 * Run it when a scene or an example DAG changes, and commit the result.
 */
import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { formatTranscript, getTranscriptFile } from '../../local/airflow/transcript.ts';
import { recordRelease } from './record-release.ts';
import { SCENES } from './scenes.ts';

const recordedReleases = readdirSync(new URL('../../local/airflow/transcripts', import.meta.url)).map((file) =>
  file.replace(/\.json$/, ''),
);
const requestedReleases = process.argv.slice(2);
for (const release of requestedReleases.length > 0 ? requestedReleases : recordedReleases) {
  const transcript = await recordRelease(release, SCENES, console.error);
  await writeFile(getTranscriptFile(release), formatTranscript(transcript));
}
