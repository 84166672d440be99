import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Catalog } from '../../airflow/catalog.ts';
import type { AirflowHome } from '../../local/airflow/airflow-home.ts';
import type { AirflowResult } from '../../local/airflow/airflow-runner.ts';
import { createAirflowHome, getExampleDagsFolder } from '../../local/airflow/create-airflow-home.ts';
import { createAirflowRunner } from '../../local/airflow/create-airflow-runner.ts';
import { type InstalledAirflow, installAirflow } from '../../local/airflow/install-airflow.ts';
import { isReleaseBefore } from '../../local/airflow/installable-releases.ts';
import { runProcess } from '../../local/airflow/run-process.ts';
import {
  PLACEHOLDERS,
  RECORDED_VALUES,
  type RecordedCommand,
  type Transcript,
} from '../../local/airflow/transcript.ts';
import { createSteps, type SceneStep } from './create-steps.ts';
import { createOutputNormalizer } from './normalize-output.ts';
import { KILL_POINTS, type Scene } from './scenes.ts';

const resolveSibling = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Runs the scenes on one real Airflow. Throws where it cannot be installed, or where this machine shows in what it printed. */
export async function recordRelease(
  release: string,
  scenes: readonly Scene[],
  say: (line: string) => void,
): Promise<Transcript> {
  const catalog = JSON.parse(
    await readFile(resolveSibling(`../../airflow/catalogs/${release}.json`), 'utf8'),
  ) as Catalog;
  const installed = await installAirflow(release, { onProgress: say });
  if ('unavailable' in installed) throw new Error(installed.unavailable);
  const recorded: RecordedCommand[] = [];
  const leaks: string[] = [];
  for (const scene of scenes) {
    const folder = await mkdtemp(join(tmpdir(), 'record-'));
    try {
      const home = await createSceneHome(scene, installed, folder);
      const steps = scene.lines.flatMap((line) => createSteps(catalog, line));
      const tidy = await createOutputNormalizer(installed, home, leaks);
      for (const { words, exitCode, killedAfter, stdout, stderr } of await runSceneSteps(steps, installed, home)) {
        const killed = killedAfter === undefined ? {} : { killedAfter };
        const streams = { stdout: tidy(`${stdout}`), stderr: tidy(`${stderr}`) };
        recorded.push({ scene: scene.name, words, exitCode, ...killed, ...streams });
      }
      say(`${release} ${scene.name}: ${steps.length} steps`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  if (leaks.length > 0) throw new Error(`This machine is left in what was recorded:\n${leaks.join('\n')}`);
  return { release, recorded };
}

/** A copy of the home that has the examples, with the scene's DAG files in their place. */
async function createSceneHome(scene: Scene, installed: InstalledAirflow, folder: string): Promise<AirflowHome> {
  const home = await createAirflowHome(installed, join(folder, 'home'));
  const dags = join(folder, 'dags');
  await mkdir(dags);
  const folders = scene.dags.map((folder) => fileURLToPath(folder));
  if (!scene.bare) folders.unshift(getExampleDagsFolder(installed.release));
  for (const from of folders)
    await cp(from, dags, { recursive: true, filter: (path) => !path.includes('__pycache__') });
  // Python's sets then have the same order in every recording.
  const environment = { ...home.environment, AIRFLOW__CORE__DAGS_FOLDER: dags, PYTHONHASHSEED: '0' };
  const changed = { ...home, dags, environment };
  await loadDags(installed, changed, scene);
  return changed;
}

/** Brings the database up to the scene's DAG files. */
async function loadDags(installed: InstalledAirflow, home: AirflowHome, scene: Scene): Promise<void> {
  if (scene.dags.length === 0 && !scene.bare) return;
  const { release } = installed;
  const readsDags = isReleaseBefore(release, '2.0')
    ? 'initdb'
    : isReleaseBefore(release, '2.4')
      ? 'db init'
      : 'dags reserialize';
  const forget = ['daily_report', 'reporting_daily', 'fails_on_purpose', 'paused_by_hand'].map((dag) =>
    isReleaseBefore(release, '2.0') ? `delete_dag --yes ${dag}` : `dags delete --yes ${dag}`,
  );
  const airflow = createAirflowRunner(installed, home);
  try {
    for (const command of [...(scene.bare ? forget : []), readsDags]) await airflow.run(command);
  } finally {
    await airflow.close();
  }
}

/** A command that was run, as it came back. */
interface SceneRun extends AirflowResult {
  readonly words: readonly string[];
  readonly killedAfter?: number;
}

async function runSceneSteps(
  steps: readonly SceneStep[],
  installed: InstalledAirflow,
  home: AirflowHome,
): Promise<SceneRun[]> {
  const airflow = createAirflowRunner(installed, home);
  const ran: SceneRun[] = [];
  try {
    for (const { commands } of steps.filter(({ killed }) => !killed)) {
      if (commands.length > 1) await waitForNextSecond();
      ran.push(
        ...(await Promise.all(
          commands.map(async (words) => ({ words, ...(await airflow.run(toCommandText(words))) })),
        )),
      );
    }
  } finally {
    await airflow.close();
  }
  const toKill = steps.filter(({ killed }) => killed).flatMap(({ commands }) => commands);
  return [...ran, ...(await runKilledCommands(toKill, installed, home))];
}

async function runKilledCommands(
  commands: SceneStep['commands'],
  installed: InstalledAirflow,
  home: AirflowHome,
): Promise<SceneRun[]> {
  const requests = commands.flatMap((words) =>
    KILL_POINTS.map((share) => ({ text: toCommandText(words), share, words })),
  );
  if (requests.length === 0) return [];
  const { stdout, stderr } = await runProcess(installed.python, [resolveSibling('run_killed.py'), installed.airflow], {
    environment: home.environment,
    cwd: home.folder,
    input: requests.map((request) => `${JSON.stringify(request)}\n`).join(''),
  });
  const answers = stdout.split('\n').filter((line) => line !== '');
  if (answers.length !== requests.length) throw new Error(`The killed commands could not be recorded: ${stderr}`);
  return requests.map(({ words, share }, index) => {
    const answer = JSON.parse(answers[index] ?? '') as { exit: number | null; stdout: string; stderr: string };
    const bytes = (base64: string) => Buffer.from(base64, 'base64');
    return {
      words,
      killedAfter: share,
      exitCode: answer.exit,
      stdout: bytes(answer.stdout),
      stderr: bytes(answer.stderr),
    };
  });
}

/** Whatever comes next happens within one second. */
const waitForNextSecond = () => sleep(1000 - (Date.now() % 1000));

/** The text of the words, with the recorded values in them, quoted. */
function toCommandText(words: readonly string[]): string {
  const filled = (word: string) => PLACEHOLDERS.reduce((text, one) => text.replace(one, RECORDED_VALUES[one]), word);
  return words.map((word) => `'${filled(word).replaceAll("'", `'"'"'`)}'`).join(' ');
}
