/**
 * Records what real Airflows print, for the tests of the verdict and for the replay: runs the script of
 * `recording/script.ts`, each scene on a fresh database, and writes `transcripts/<release>.json`. Paths are rewritten to
 * those of an MWAA container, and nothing of this machine may be left.
 *
 *     node tools/recordings/record.ts            every release that has been recorded
 *     node tools/recordings/record.ts 2.10.3     one
 *
 * Run it when a line of the script or an example DAG changes, and commit what it writes.
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
