import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { calculateRelayMemory, DEFAULT_LIMITS } from '../config/limits.ts';
import { type AnswerForm, createAnswerForms, createDenseAnswers, LINE_ENDS, toAnswerBody } from './answer-forms.ts';
import { type BuiltScripts, buildScripts } from './build-scripts.ts';
import { REGION } from './deployment-names.ts';
import { buildFunctions } from './function-assets.ts';
import { RELEASE } from './read-answer.ts';
import { ANSWERS, FUNCTION_VARIABLES } from './requests.ts';
import type { Measurement } from './section.ts';
import { type RunningUpstream, startUpstream } from './servers/start-upstream.ts';
import { measureRounds } from './statistics.ts';

const CATALOG_FILE = fileURLToPath(new URL(`../airflow/catalogs/${RELEASE}.json`, import.meta.url));

/** Measures the peak memory of reading the largest answers, each in a fresh process. */
export async function measureReadMemory(rounds: number): Promise<Measurement[]> {
  const scripts = await buildScripts('programs/read-memory');
  const folder = mkdtempSync(join(tmpdir(), 'bench-answers-'));
  const measurements: Measurement[] = [];
  for (const form of createAnswerForms().filter(({ name }) => name.startsWith('rows') && name.endsWith('6 MB'))) {
    const file = join(folder, 'answer.json');
    writeFileSync(file, toAnswerBody(form));
    const run = async (mode: string) =>
      Number(
        (await promisify(execFile)(process.execPath, [scripts.getFile('read-memory'), mode, file, CATALOG_FILE]))
          .stdout,
      );
    const { ours, decode } = await measureRounds({ ours: () => run('ours'), decode: () => run('decode') }, { rounds });
    measurements.push({
      what: `peak memory of a process that reads ${form.name}`,
      unit: 'MB',
      ours,
      rival: { name: 'decoding and parsing alone', values: decode, comparison: 'ratio' },
      goal: 1.05,
    });
  }
  rmSync(folder, { recursive: true });
  scripts.remove();
  return measurements;
}

/** Measures the peak memory of a built relay that gets one answer. The goal is the memory of the function. */
export async function measureRelayMemory(rounds: number): Promise<Measurement[]> {
  const assets = buildFunctions();
  const upstream = await startUpstream(REGION, ANSWERS);
  const scripts = await buildScripts('programs/one-request');
  try {
    const largest = createAnswerForms().find(({ name }) => name === 'rows, 6 MB')!;
    const measure = async (form: AnswerForm) => {
      await upstream.setAnswers({ ...ANSWERS, webServer: toAnswerBody(form) });
      return measureOneRequest(assets.relay.codeFile, scripts, upstream);
    };
    const forms = [largest, LINE_ENDS, ...createDenseAnswers()];
    const peaks = await measureRounds(Object.fromEntries(forms.map((form) => [form.name, () => measure(form)])), {
      rounds,
    });
    return Object.entries(peaks).map(([name, ours]) => ({
      what: `peak memory of a relay, ${name}`,
      unit: 'MB',
      ours,
      goal: calculateRelayMemory(DEFAULT_LIMITS.answerBytes),
    }));
  } finally {
    scripts.remove();
    upstream.close();
    assets.remove();
  }
}

/** The outcome is known, or Airflow's output does not show it. */
const EXPECTED_STATUSES = [200, 424];

async function measureOneRequest(codeFile: string, scripts: BuiltScripts, upstream: RunningUpstream): Promise<number> {
  const child = fork(scripts.getFile('one-request'), [codeFile], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [],
    env: { PATH: process.env.PATH, ...FUNCTION_VARIABLES, ...upstream.createVariables() },
  });
  const [message] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`The relay's process exited with ${code}.`))),
  ])) as [{ status: number; peakMb: number }];
  if (!EXPECTED_STATUSES.includes(message.status)) throw new Error(`The relay returned ${message.status}.`);
  return message.peakMb;
}
