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

/**
 * Runs the scenes with a real Airflow. Throws if Airflow cannot be installed, or if the normalized output still contains paths of this
 * machine.
 */
export async function recordRelease(
  release: string,
  scenes: readonly Scene[],
  onProgress: (line: string) => void,
): Promise<Transcript> {
  const catalog = JSON.parse(
    await readFile(resolveSibling(`../../airflow/catalogs/${release}.json`), 'utf8'),
  ) as Catalog;
  const installed = await installAirflow(release, { onProgress });
  if ('unavailable' in installed) throw new Error(installed.unavailable);
  const recorded: RecordedCommand[] = [];
  const leaks: string[] = [];
  for (const scene of scenes) {
    const folder = await mkdtemp(join(tmpdir(), 'record-'));
    try {
      const home = await createSceneHome(scene, installed, folder);
      const steps = scene.lines.flatMap((line) => createSteps(catalog, line));
      const normalize = await createOutputNormalizer(installed, home, leaks);
      for (const { words, exitCode, killedAfter, stdout, stderr } of await runSceneSteps(steps, installed, home)) {
        const killed = killedAfter === undefined ? {} : { killedAfter };
        const streams = { stdout: normalize(`${stdout}`), stderr: normalize(`${stderr}`) };
        recorded.push({ scene: scene.name, words, exitCode, ...killed, ...streams });
      }
      onProgress(`${release} ${scene.name}: ${steps.length} steps`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  if (leaks.length > 0) throw new Error(`The recording contains paths of this machine:\n${leaks.join('\n')}`);
  return { release, recorded };
}

/** Creates a home with the scene's DAG files, and with the example DAGs unless the scene is `bare`. */
async function createSceneHome(scene: Scene, installed: InstalledAirflow, folder: string): Promise<AirflowHome> {
  const home = await createAirflowHome(installed, join(folder, 'home'));
  const dags = join(folder, 'dags');
  await mkdir(dags);
  const folders = scene.dags.map((folder) => fileURLToPath(folder));
  if (!scene.bare) folders.unshift(getExampleDagsFolder(installed.release));
  for (const source of folders)
    await cp(source, dags, { recursive: true, filter: (path) => !path.includes('__pycache__') });
  // PYTHONHASHSEED: Python's sets have the same order in every recording.
  const environment = { ...home.environment, AIRFLOW__CORE__DAGS_FOLDER: dags, PYTHONHASHSEED: '0' };
  const sceneHome = { ...home, dags, environment };
  await loadDags(installed, sceneHome, scene);
  return sceneHome;
}

/** Updates the database to the scene's DAG files. */
async function loadDags(installed: InstalledAirflow, home: AirflowHome, scene: Scene): Promise<void> {
  if (scene.dags.length === 0 && !scene.bare) return;
  const { release } = installed;
  const loadCommand = isReleaseBefore(release, '2.0')
    ? 'initdb'
    : isReleaseBefore(release, '2.4')
      ? 'db init'
      : 'dags reserialize';
  const deleteCommands = ['daily_report', 'reporting_daily', 'fails_on_purpose', 'paused_by_hand'].map((dag) =>
    isReleaseBefore(release, '2.0') ? `delete_dag --yes ${dag}` : `dags delete --yes ${dag}`,
  );
  const airflow = createAirflowRunner(installed, home);
  try {
    for (const command of [...(scene.bare ? deleteCommands : []), loadCommand]) await airflow.run(command);
  } finally {
    await airflow.close();
  }
}

/** The result of one command of a scene. */
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
  const runs: SceneRun[] = [];
  try {
    for (const { commands } of steps.filter(({ killed }) => !killed)) {
      if (commands.length > 1) await waitForNextSecond();
      runs.push(
        ...(await Promise.all(
          commands.map(async (words) => ({ words, ...(await airflow.run(toCommandText(words))) })),
        )),
      );
    }
  } finally {
    await airflow.close();
  }
  const killedCommands = steps.filter(({ killed }) => killed).flatMap(({ commands }) => commands);
  return [...runs, ...(await runKilledCommands(killedCommands, installed, home))];
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
  const results = stdout.split('\n').filter((line) => line !== '');
  if (results.length !== requests.length) throw new Error(`The killed commands could not be recorded: ${stderr}`);
  return requests.map(({ words, share }, index) => {
    const result = JSON.parse(results[index] ?? '') as { exit: number | null; stdout: string; stderr: string };
    const decode = (base64: string) => Buffer.from(base64, 'base64');
    return {
      words,
      killedAfter: share,
      exitCode: result.exit,
      stdout: decode(result.stdout),
      stderr: decode(result.stderr),
    };
  });
}

/** Waits for the start of a second, so that two commands start within the same second. */
const waitForNextSecond = () => sleep(1000 - (Date.now() % 1000));

/** Returns the command text: the words, quoted, with the recorded values instead of placeholders. */
function toCommandText(words: readonly string[]): string {
  const fill = (word: string) =>
    PLACEHOLDERS.reduce((text, placeholder) => text.replace(placeholder, RECORDED_VALUES[placeholder]), word);
  return words.map((word) => `'${fill(word).replaceAll("'", `'"'"'`)}'`).join(' ');
}
