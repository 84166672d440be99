/**
 * Records what real Airflows print, for the tests of the verdict and for the replay: runs the script of
 * `recording/script.ts`, each scene on a fresh database, and writes `transcripts/<release>.json`. Paths are rewritten to
 * those of an MWAA container, and nothing of this machine may be left.
 *
 *     node local/airflow/record.ts            every release that has been recorded
 *     node local/airflow/record.ts 2.10.3     one
 *
 * Run it when a line of the script or an example DAG changes, and commit what it writes.
 */
import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { recordRelease } from './recording/record-release.ts';
import { SCENES } from './recording/script.ts';
import { pack, transcriptFile } from './transcript.ts';

const recorded = readdirSync(new URL('transcripts', import.meta.url)).map((file) => file.replace(/\.json$/, ''));
const asked = process.argv.slice(2);
for (const release of asked.length > 0 ? asked : recorded) {
  const transcript = await recordRelease(release, SCENES, console.error);
  await writeFile(transcriptFile(release), pack(transcript));
}
