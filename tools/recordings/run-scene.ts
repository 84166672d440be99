import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { AirflowHome } from '../../local/airflow/airflow-home.ts';
import type { AirflowResult, AirflowRunner } from '../../local/airflow/airflow-runner.ts';
import { createAirflowRunner } from '../../local/airflow/create-airflow-runner.ts';
import type { InstalledAirflow } from '../../local/airflow/install-airflow.ts';
import { INSTALLABLE_RELEASES } from '../../local/airflow/installable-releases.ts';
import { runProcess } from '../../local/airflow/run-process.ts';
import { PLACEHOLDERS, RECORDED_VALUES, type RecordedCommand } from '../../local/airflow/transcript.ts';
import type { SceneStep } from './create-steps.ts';
import { setBehavior } from './scene-home.ts';
import { KILL_POINTS, type Scene } from './scenes.ts';

/** The result of one command of a scene. */
type SceneRun = Omit<RecordedCommand, 'scene' | 'stdout' | 'stderr'> & AirflowResult;

/** Runs the steps of a scene one after another. With behaviors, runs each step with its share of them. */
export async function runSceneSteps(
  scene: Scene,
  steps: readonly SceneStep[],
  installed: InstalledAirflow,
  home: AirflowHome,
): Promise<SceneRun[]> {
  const airflow = createAirflowRunner(installed, home, scene.plain ? { mode: 'plain' } : {});
  const runs: SceneRun[] = [];
  try {
    const living = steps.filter(({ killed }) => !killed);
    for (const [index, { step, behavior }] of assignBehaviors(scene, living, installed.release).entries()) {
      if (behavior !== undefined) await setBehavior(home, behavior);
      runs.push(...(await runStep(numberStep(step, index), airflow)).map((run) => addBehavior(run, behavior)));
    }
  } finally {
    await airflow.close();
  }
  const killedCommands = steps.filter(({ killed }) => killed).flatMap(({ commands }) => commands);
  return [...runs, ...(await runKilledCommands(killedCommands, scene, installed, home))];
}

/**
 * Assigns to each behavior some of the steps. The strides have no factor in common with most numbers of steps, and each release begins
 * elsewhere, so that the releases together have most pairs.
 */
function assignBehaviors(
  { behaviors, linesPerBehavior }: Scene,
  steps: readonly SceneStep[],
  release: string,
): { step: SceneStep; behavior?: string }[] {
  if (!behaviors) return steps.map((step) => ({ step }));
  const offset = Object.keys(INSTALLABLE_RELEASES).indexOf(release) * 5;
  const count = Math.min(linesPerBehavior ?? steps.length, steps.length);
  return behaviors.flatMap((behavior, number) =>
    Array.from({ length: count }, (_, at) => ({
      step: steps[(offset + number * 7 + at * 11) % steps.length] as SceneStep,
      behavior,
    })),
  );
}

const addBehavior = (run: SceneRun, behavior: string | undefined): SceneRun =>
  behavior === undefined ? run : { ...run, behavior };

/** Replaces `{n}` by a number, for names that a command may use only once. */
const numberStep = (step: SceneStep, number: number): SceneStep => ({
  ...step,
  commands: step.commands.map((words) => words.map((word) => word.replaceAll('{n}', `${number}`))),
});

async function runStep({ commands }: SceneStep, airflow: AirflowRunner): Promise<SceneRun[]> {
  if (commands.length > 1) await waitForNextSecond();
  return Promise.all(commands.map(async (words) => ({ words, ...(await airflow.run(toCommandText(words))) })));
}

async function runKilledCommands(
  commands: SceneStep['commands'],
  { signals }: Scene,
  installed: InstalledAirflow,
  home: AirflowHome,
): Promise<SceneRun[]> {
  const requests = commands.flatMap((words, index) =>
    KILL_POINTS.map((share, point) => {
      const signal = signals?.[(index + point) % signals.length];
      return { text: toCommandText(words), share, words, ...(signal === undefined ? {} : { signal }) };
    }),
  );
  if (requests.length === 0) return [];
  const script = fileURLToPath(new URL('run_killed.py', import.meta.url));
  const { stdout, stderr } = await runProcess(installed.python, [script, installed.airflow], {
    environment: home.environment,
    cwd: home.folder,
    input: requests.map((request) => `${JSON.stringify(request)}\n`).join(''),
  });
  const results = stdout.split('\n').filter((line) => line !== '');
  if (results.length !== requests.length) throw new Error(`The killed commands could not be recorded: ${stderr}`);
  return requests.map(({ words, share, signal }, index) => {
    const result = JSON.parse(results[index] ?? '') as { exit: number | null; stdout: string; stderr: string };
    const decode = (base64: string) => Buffer.from(base64, 'base64');
    return {
      words,
      killedAfter: share,
      ...(signal === undefined ? {} : { signal }),
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
