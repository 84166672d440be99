import { setTimeout as wait } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { CommandResult, Explanation } from '../client/library/api-types.ts';
import { type ApiResult, type ProxyAddress, requestJson } from '../client/library/request-json.ts';
import type { LocalStack } from './local-stack.ts';
import { FAULTS, type Fault, type FaultName } from './mwaa/faults.ts';

/** The API, the caller's credentials, and the Airflow environment. */
export type DemonstrationTarget = ProxyAddress & { readonly environment: string };

/** A run configuration with characters that often break quoting: an apostrophe, a `$`, non-ASCII letters. */
const EXAMPLE_CONF = { note: "it's $10 for Zürich", day: '2026-11-22' };
const EXAMPLE_DAG = 'daily_report';

/**
 * Sends requests through every component: a trigger with a JSON configuration, and a list of the DAG's runs. If the caller may not
 * run both, sends the first of a few commands that it may run. Prints requests and responses.
 *
 * @returns whether the requests succeeded, the configuration came back unchanged, and the list contains the run
 */
export async function demonstrate(
  proxy: DemonstrationTarget,
  release: string,
  print: (text: string) => void,
): Promise<boolean> {
  const { trigger, listRuns, others } = listExampleCommands(release);
  const refusal = (await findRefusal(proxy, trigger)) ?? (await findRefusal(proxy, listRuns));
  if (refusal === undefined) return demonstrateTrigger(proxy, trigger, listRuns, print);
  for (const argv of others) {
    if ((await findRefusal(proxy, argv)) !== undefined) continue;
    return (await sendAndPrint(proxy, argv, print)).ok;
  }
  print(`\nThe caller may run none of the example commands. For the trigger, the API says:\n${refusal}`);
  return false;
}

function listExampleCommands(release: string) {
  const conf = ['--conf', JSON.stringify(EXAMPLE_CONF)];
  if (release.startsWith('1.')) {
    return {
      trigger: ['trigger_dag', EXAMPLE_DAG, ...conf],
      listRuns: ['list_dag_runs', EXAMPLE_DAG],
      others: [['list_dags'], ['version']],
    };
  }
  return {
    trigger: ['dags', 'trigger', EXAMPLE_DAG, ...conf],
    listRuns: ['dags', 'list-runs', ...(release.startsWith('2.') ? ['--dag-id', EXAMPLE_DAG] : [EXAMPLE_DAG])],
    others: [['dags', 'list'], ['version']],
  };
}

/** Returns why the caller may not run a command, or undefined if it may. */
async function findRefusal(proxy: DemonstrationTarget, argv: readonly string[]): Promise<string | undefined> {
  const path = `/environments/${proxy.environment}/explain`;
  const result = await requestJson<Explanation>(proxy, path, { body: JSON.stringify({ argv }) });
  if (!result.ok) return result.problem.detail;
  return result.value.allowed ? undefined : result.value.refusal.detail;
}

async function demonstrateTrigger(
  proxy: DemonstrationTarget,
  trigger: readonly string[],
  listRuns: readonly string[],
  print: (text: string) => void,
): Promise<boolean> {
  const triggered = await sendAndPrint(proxy, trigger, print);
  if (!triggered.ok) return false;
  const { runId } = triggered.value;
  const [run] = toRows(triggered.value.output);
  const conf = typeof run?.conf === 'string' ? JSON.parse(run.conf) : run?.conf;

  const listed = await sendAndPrint(proxy, listRuns, print);
  if (!listed.ok) return false;
  const isReplay = listed.value.stderr.startsWith('REPLAY');
  const airflow = isReplay ? 'The recording of Airflow' : 'Airflow';
  if (!Array.isArray(listed.value.output)) {
    // Before 2.0, these commands print no JSON.
    const isListed = runId != null && listed.value.stdout.includes(runId);
    print(isListed ? `\n${airflow} has the run ${runId}.` : '\nUnexpected result: the run is not listed.');
    return isListed;
  }
  const isListed = toRows(listed.value.output).some((row) => row.run_id === runId);
  const isUnchanged = run?.conf === undefined || isDeepStrictEqual(conf, EXAMPLE_CONF);
  print(
    isListed && isUnchanged
      ? `\n${airflow} has the run ${runId}${run?.conf === undefined ? '' : ', with the configuration unchanged'}.`
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
  release: string,
  { mwaa, setFault }: Pick<LocalStack, 'mwaa' | 'setFault'>,
  print: (text: string) => void,
): Promise<boolean> {
  const { description, callerDisconnects }: Fault = FAULTS[name];
  const countRuns = () => mwaa.journal.filter(({ exitCode }) => exitCode !== undefined).length;
  const runsBefore = countRuns();
  print(`\n*** FAULT ${name}: ${description}. Timeouts are seconds instead of minutes. ***`);
  const disconnect = new AbortController();
  const trigger = release.startsWith('1.') ? ['trigger_dag'] : ['dags', 'trigger'];
  const response = sendAndPrint(proxy, [...trigger, EXAMPLE_DAG], print, disconnect.signal);
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
  print(`\n> POST ${path}   (signed)\n${formatIndented({ argv })}`);
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
    const text = isRows
      ? member.map((row) => `\n      ${formatSpacedJson(row)}`).join('')
      : ` ${formatSpacedJson(member)}`;
    return `    ${key}:${text}`;
  });
  return lines.join('\n');
}

/** JSON on one line, with spaces at which it can be broken. */
const formatSpacedJson = (value: unknown): string =>
  JSON.stringify(value, null, 1)
    .replaceAll(/\n */g, ' ')
    .replaceAll(/(?<=[[{]) | (?=[\]}])/g, '');

const toRows = (output: unknown): Record<string, unknown>[] => (Array.isArray(output) ? output : []);
