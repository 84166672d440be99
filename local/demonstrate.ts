import { setTimeout as wait } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { CommandResult } from '../client/library/api-types.ts';
import { type ApiResult, type ProxyAddress, requestJson } from '../client/library/request-json.ts';
import type { LocalStack } from './local-stack.ts';
import { FAULTS, type Fault, type FaultName } from './mwaa/faults.ts';

/** The API, the caller's credentials, and the Airflow environment. */
export type DemonstrationTarget = ProxyAddress & { readonly environment: string };

/** A run configuration with characters that often break quoting: an apostrophe, a `$`, non-ASCII letters. */
const EXAMPLE_CONF = { note: "it's $10 for Zürich", day: '2026-11-22' };
const EXAMPLE_DAG = 'daily_report';

/**
 * Sends two requests through every component: one triggers a run with a JSON configuration, the other lists the DAG's runs. Prints both
 * requests and responses.
 *
 * @returns whether both succeeded, the configuration came back unchanged, and the list contains the run
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
  const isListed = toRows(listed.value.output).some((row) => row.run_id === runId);
  const isUnchanged = isDeepStrictEqual(conf, EXAMPLE_CONF);
  const isReplay = listed.value.stderr.startsWith('REPLAY');
  print(
    isListed && isUnchanged
      ? `\n${isReplay ? 'The recording of Airflow' : 'Airflow'} has the run ${runId}, with the configuration unchanged.`
      : `\nUnexpected result: the run is ${isListed ? '' : 'not '}listed, and its configuration is ${isUnchanged ? 'unchanged' : 'changed'}.`,
  );
  return isListed && isUnchanged;
}

/**
 * Triggers a run while a fault is active, then sends a command without the fault. Prints both, and how often Airflow ran.
 *
 * @returns whether Airflow ran at most once for the trigger, and the command without the fault succeeded
 */
export async function demonstrateFault(
  proxy: DemonstrationTarget,
  name: FaultName,
  { mwaa, setFault }: Pick<LocalStack, 'mwaa' | 'setFault'>,
  print: (text: string) => void,
): Promise<boolean> {
  const { description, callerDisconnects }: Fault = FAULTS[name];
  const countRuns = () => mwaa.journal.filter(({ exitCode }) => exitCode !== undefined).length;
  const runsBefore = countRuns();
  print(`\n*** FAULT ${name}: ${description}. Timeouts are seconds instead of minutes. ***`);
  const disconnect = new AbortController();
  const response = sendAndPrint(proxy, ['dags', 'trigger', EXAMPLE_DAG], print, disconnect.signal);
  if (callerDisconnects) {
    await Promise.race([waitForCommand(mwaa), response]);
    disconnect.abort();
  }
  await response.catch((error: Error) => {
    if (!callerDisconnects) throw error;
    print('< no response: the caller disconnected');
  });
  await mwaa.waitUntilIdle();
  const runs = countRuns() - runsBefore;
  print(`\nAirflow ran ${runs === 1 ? 'once' : `${runs} times`} for this request. Without the fault:`);
  await setFault();
  const { ok } = await sendAndPrint(proxy, ['version'], print);
  return runs <= 1 && ok;
}

/** Resolves when a command has arrived at the web server. */
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
    const [firstLine] = result.value.stderr.split('\n');
    if (firstLine?.startsWith('REPLAY')) print(`  ${firstLine}`);
  } else {
    print(`< ${result.problem.status}\n${formatIndented(result.problem)}`);
  }
  return result;
}

/** Formats one member per line, and each row of a list on a line of its own. */
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
