import { setTimeout as wait } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { CommandResult } from '../client/library/api-types.ts';
import { type ApiResult, type ProxyAddress, requestJson } from '../client/library/request-json.ts';
import type { LocalStack } from './local-stack.ts';
import { FAULTS, type Fault, type FaultName } from './mwaa/faults.ts';

/** The API, who calls it, and for which environment. */
export type DemonstrationTarget = ProxyAddress & { readonly environment: string };

/** A configuration with what quoting usually breaks on: an apostrophe, a `$`, letters beyond ASCII. */
const EXAMPLE_CONF = { note: "it's $10 for Zürich", day: '2026-11-22' };
const EXAMPLE_DAG = 'daily_report';

/**
 * The main job, once: triggers a run with a JSON configuration, then lists the DAG's runs, through the whole way. Prints both
 * as a person would want to see them.
 *
 * @returns whether both succeeded, the configuration came back unchanged, and the run is in the list
 */
export async function demonstrate(proxy: DemonstrationTarget, print: (text: string) => void): Promise<boolean> {
  const triggered = await sendAndPrint(
    proxy,
    ['dags', 'trigger', EXAMPLE_DAG, '--conf', JSON.stringify(EXAMPLE_CONF)],
    print,
  );
  if (!triggered.ok) return false;
  const { runId } = triggered.value;
  const [run] = toRows(triggered.value.output);
  const conf = typeof run?.conf === 'string' ? JSON.parse(run.conf) : run?.conf;

  const list = isAirflow2(triggered.value.airflowVersion) ? ['--dag-id', EXAMPLE_DAG] : [EXAMPLE_DAG];
  const listed = await sendAndPrint(proxy, ['dags', 'list-runs', ...list], print);
  if (!listed.ok) return false;
  const there = toRows(listed.value.output).some((row) => row.run_id === runId);
  const same = isDeepStrictEqual(conf, EXAMPLE_CONF);
  const replayed = listed.value.stderr.startsWith('REPLAY');
  print(
    there && same
      ? `\n${replayed ? 'The recording of Airflow' : 'Airflow'} has the run ${runId}, with the configuration unchanged.`
      : `\nNot as it should be: the run is ${there ? '' : 'not '}listed, its configuration ${same ? 'unchanged' : 'changed'}.`,
  );
  return there && same;
}

/**
 * The same trigger with a fault in its way, then without. Prints both, and how often Airflow ran.
 *
 * @returns whether Airflow ran no more than once, and the way is free again when the fault is gone
 */
export async function demonstrateFault(
  proxy: DemonstrationTarget,
  name: FaultName,
  { mwaa, setFault }: Pick<LocalStack, 'mwaa' | 'setFault'>,
  print: (text: string) => void,
): Promise<boolean> {
  const { description, callerDisconnects }: Fault = FAULTS[name];
  const ranUntilNow = () => mwaa.journal.filter(({ exitCode }) => exitCode !== undefined).length;
  const before = ranUntilNow();
  print(`\n*** FAULT ${name}: ${description}. Timeouts are seconds instead of minutes. ***`);
  const leaving = new AbortController();
  const asked = sendAndPrint(proxy, ['dags', 'trigger', EXAMPLE_DAG], print, leaving.signal);
  if (callerDisconnects) {
    await Promise.race([waitForCommand(mwaa), asked]);
    leaving.abort();
  }
  await asked.catch((error: Error) => {
    if (!callerDisconnects) throw error;
    print('< nothing: the caller hung up');
  });
  await mwaa.waitUntilIdle();
  const ran = ranUntilNow() - before;
  print(`\nAirflow ran ${ran === 1 ? 'once' : `${ran} times`} for it. Now without the fault:`);
  await setFault();
  const { ok } = await sendAndPrint(proxy, ['version'], print);
  return ran <= 1 && ok;
}

/** Waits until a command arrives at the web server. */
async function waitForCommand({ journal }: LocalStack['mwaa']): Promise<void> {
  while (!journal.some(({ commandText }) => commandText !== undefined)) await wait(10, undefined, { ref: false });
}

async function sendAndPrint(
  proxy: DemonstrationTarget,
  argv: readonly string[],
  print: (text: string) => void,
  signal?: AbortSignal,
): Promise<ApiResult<CommandResult>> {
  const path = `/environments/${proxy.environment}/cli`;
  print(`\n> POST ${proxy.url}${path}   (signed)\n${formatIndented({ argv })}`);
  const result = await requestJson<CommandResult>(proxy, path, { body: JSON.stringify({ argv }), signal });
  if (result.ok) {
    const { outcome, evidence, command, output, durationMs } = result.value;
    print(`< 200   ${durationMs} ms\n${formatIndented({ command, outcome, evidence, output })}`);
    const [notice] = result.value.stderr.split('\n');
    if (notice?.startsWith('REPLAY')) print(`  ${notice}`);
  } else {
    print(`< ${result.problem.status}\n${formatIndented(result.problem)}`);
  }
  return result;
}

/** One member a line, rows of a list a line each. */
function formatIndented(value: object): string {
  const lines = Object.entries(value).map(([key, member]) => {
    const isRows = Array.isArray(member) && typeof member[0] === 'object';
    const text = isRows ? member.map((row) => `\n      ${JSON.stringify(row)}`).join('') : ` ${JSON.stringify(member)}`;
    return `    ${key}:${text}`;
  });
  return lines.join('\n');
}

const toRows = (output: unknown): Record<string, unknown>[] => (Array.isArray(output) ? output : []);

const isAirflow2 = (release: string): boolean => release.startsWith('2.');
