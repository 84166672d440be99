import { setTimeout as wait } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { CommandAnswer } from '../client/library/answers.ts';
import { type ProxyAddress, type Reply, request } from '../client/library/request.ts';
import { FAULTS, type Fault, type FaultName } from './mwaa/faults.ts';
import type { Stack } from './stack.ts';

/** The API, who calls it, and for which environment. */
export type Demonstrated = ProxyAddress & { readonly environment: string };

/** A configuration with what quoting usually breaks on: an apostrophe, a `$`, letters beyond ASCII. */
const CONF = { note: "it's $10 for Zürich", day: '2026-11-22' };
const DAG = 'daily_report';

/**
 * The main job, once: triggers a run with a JSON configuration, then lists the DAG's runs, through the whole way. Prints both
 * as a person would want to see them.
 *
 * @returns whether both succeeded, the configuration came back unchanged, and the run is in the list
 */
export async function demonstrate(proxy: Demonstrated, print: (text: string) => void): Promise<boolean> {
  const triggered = await show(proxy, ['dags', 'trigger', DAG, '--conf', JSON.stringify(CONF)], print);
  if (!triggered.ok) return false;
  const { runId } = triggered.answer;
  const [run] = rows(triggered.answer.output);
  const conf = typeof run?.conf === 'string' ? JSON.parse(run.conf) : run?.conf;

  const list = isAirflow2(triggered.answer.airflowVersion) ? ['--dag-id', DAG] : [DAG];
  const listed = await show(proxy, ['dags', 'list-runs', ...list], print);
  if (!listed.ok) return false;
  const there = rows(listed.answer.output).some((row) => row.run_id === runId);
  const same = isDeepStrictEqual(conf, CONF);
  const replayed = listed.answer.stderr.startsWith('REPLAY');
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
  proxy: Demonstrated,
  name: FaultName,
  { mwaa, fault }: Pick<Stack, 'mwaa' | 'fault'>,
  print: (text: string) => void,
): Promise<boolean> {
  const { what, callerLeaves }: Fault = FAULTS[name];
  const ranUntilNow = () => mwaa.journal.filter(({ exitCode }) => exitCode !== undefined).length;
  const before = ranUntilNow();
  print(`\n*** FAULT ${name}: ${what}. Time-outs are seconds instead of minutes. ***`);
  const leaving = new AbortController();
  const asked = show(proxy, ['dags', 'trigger', DAG], print, leaving.signal);
  if (callerLeaves) {
    await Promise.race([arrival(mwaa), asked]);
    leaving.abort();
  }
  await asked.catch((error: Error) => {
    if (!callerLeaves) throw error;
    print('< nothing: the caller hung up');
  });
  await mwaa.settled();
  const ran = ranUntilNow() - before;
  print(`\nAirflow ran ${ran === 1 ? 'once' : `${ran} times`} for it. Now without the fault:`);
  await fault();
  const { ok } = await show(proxy, ['version'], print);
  return ran <= 1 && ok;
}

/** Waits until a command arrives at the web server. */
async function arrival({ journal }: Stack['mwaa']): Promise<void> {
  while (!journal.some(({ text }) => text !== undefined)) await wait(10, undefined, { ref: false });
}

async function show(
  proxy: Demonstrated,
  argv: readonly string[],
  print: (text: string) => void,
  signal?: AbortSignal,
): Promise<Reply<CommandAnswer>> {
  const path = `/environments/${proxy.environment}/cli`;
  print(`\n> POST ${proxy.url}${path}   (signed)\n${indented({ argv })}`);
  const result = await request<CommandAnswer>(proxy, path, { body: JSON.stringify({ argv }), signal });
  if (result.ok) {
    const { outcome, evidence, command, output, durationMs } = result.answer;
    print(`< 200   ${durationMs} ms\n${indented({ command, outcome, evidence, output })}`);
    const [notice] = result.answer.stderr.split('\n');
    if (notice?.startsWith('REPLAY')) print(`  ${notice}`);
  } else {
    print(`< ${result.problem.status}\n${indented(result.problem)}`);
  }
  return result;
}

/** One member a line, rows of a list a line each. */
function indented(value: object): string {
  const lines = Object.entries(value).map(([key, member]) => {
    const isRows = Array.isArray(member) && typeof member[0] === 'object';
    const text = isRows ? member.map((row) => `\n      ${JSON.stringify(row)}`).join('') : ` ${JSON.stringify(member)}`;
    return `    ${key}:${text}`;
  });
  return lines.join('\n');
}

const rows = (output: unknown): Record<string, unknown>[] => (Array.isArray(output) ? output : []);

const isAirflow2 = (release: string): boolean => release.startsWith('2.');
