import { canonicalizeJson } from './canonical-json.ts';
import { type Catalog, findOption } from './catalog.ts';
import { createListRunsInvocation, createRunStateInvocation, type RunRow } from './duplicate-run.ts';
import { getArgumentValue, type Invocation } from './invocation.ts';
import { findLastOutputLine } from './log-lines.ts';
import { parseInstant } from './parse-instant.ts';

/** What a trigger asks for, independent of its spelling. Two triggers of a DAG with the same content ask for the same run. */
export interface TriggerContent {
  readonly dagId: string;
  /** Canonical JSON, or `''` if there is none or it is empty, which Airflow does not distinguish. */
  readonly conf: string;
  /** The requested logical date: microseconds since the epoch, or its text if its form has no exact meaning. */
  readonly date: bigint | string | undefined;
}

const LOGICAL_DATE_OPTIONS = ['--exec-date', '--exec_date', '--logical-date'];

export function getRequestedDate(invocation: Invocation): string | undefined {
  return LOGICAL_DATE_OPTIONS.map((option) => getArgumentValue(invocation, option)).find((date) => date !== undefined);
}

/** Reads the content of a trigger. Options that do not change the run, such as the output format, are not part of it. */
export function readTriggerContent(trigger: Invocation): TriggerContent {
  const text = getRequestedDate(trigger);
  return {
    dagId: getArgumentValue(trigger, 'dag_id') ?? '',
    conf: normalizeConf(getArgumentValue(trigger, '--conf')),
    date: text === undefined ? undefined : (parseInstant(text) ?? text),
  };
}

/** What Python treats as false: for these a run has no conf, or `dags state` does not show it. */
const EMPTY_CONFS = new Set(['null', '{}', '[]', '"s"', '"n0"', 'false']);

/** @throws SyntaxError */
function normalizeConf(text: string | undefined): string {
  if (text === undefined) return '';
  const canonical = canonicalizeJson(text);
  return EMPTY_CONFS.has(canonical) ? '' : canonical;
}

/**
 * The part of the content that the release cannot show of an existing run. It belongs into the run id: then a run with this id has it.
 * The rest is compared by `compareWithRun`, so that the database itself rejects a second run for the same key.
 *
 * - 1.10 and 2.0 show no run, so everything is part of the run id.
 * - A date whose form has no exact meaning is never compared.
 * - Before Airflow 3, a run without a requested date has the time of the trigger as its date. A requested date that could be such a time
 *   is part of the run id: up to 2.5 any date, because microseconds are dropped, from 2.6 on a date with microseconds.
 */
export function listHiddenContent(catalog: Catalog, trigger: Invocation, content: TriggerContent): string[] {
  const { dagId, conf, date } = content;
  if (!showsRuns(catalog)) return [dagId, conf, date === undefined ? '' : String(date)];
  if (typeof date === 'string') return [dagId, date];
  if (date === undefined || isDateOptional(trigger)) return [dagId];
  if (!keepsMicroseconds(trigger)) return [dagId, 'dated'];
  return date % MICROSECONDS === 0n ? [dagId] : [dagId, String(date)];
}

const MICROSECONDS = 1_000_000n;

/** Whether commands on AWS's list show the logical date and the conf of a run. */
const showsRuns = (catalog: Catalog): boolean =>
  createListRunsInvocation(catalog, '') !== undefined && createRunStateInvocation(catalog, '', {}) !== undefined;

/** Airflow 3: a run has a logical date only if one was requested. */
const isDateOptional = ({ command }: Invocation): boolean => findOption(command, '--logical-date') !== undefined;

/** From 2.6 on, with the option that the proxy adds. */
const keepsMicroseconds = ({ command }: Invocation): boolean =>
  findOption(command, '--no-replace-microseconds') !== undefined;

/** How an existing run compares with a trigger. `unknown`: what Airflow printed does not show it. */
export type RunComparison = 'same' | 'different' | 'unknown';

/** Compares the logical date of a trigger with that of the run that has its id. */
export function compareDates(trigger: Invocation, { date }: TriggerContent, row: RunRow): RunComparison {
  // It is part of the run id.
  if (typeof date === 'string') return 'same';
  const shown = row.logical_date ?? row.execution_date;
  if (isDateOptional(trigger) && (shown === '' || date === undefined)) {
    return (shown === '') === (date === undefined) ? 'same' : 'different';
  }
  const actual = typeof shown === 'string' ? parseInstant(shown) : undefined;
  if (actual === undefined) return 'unknown';
  // Whether a date was requested is part of the run id if microseconds are dropped. Otherwise only one run in a million without a
  // requested date has no microseconds.
  if (date === undefined) return keepsMicroseconds(trigger) && actual % MICROSECONDS === 0n ? 'different' : 'same';
  const effective = keepsMicroseconds(trigger) ? date : date - (((date % MICROSECONDS) + MICROSECONDS) % MICROSECONDS);
  return effective === actual ? 'same' : 'different';
}

/**
 * Compares the conf of a trigger with that of an existing run.
 *
 * @param stdout of `dags state`, which prints `success` or `success, {"day": "2026-11-22"}`
 */
export function compareConfs({ conf }: TriggerContent, stdout: string): RunComparison {
  const [, state, shown] = /^(\w+)(?:, (.+))?$/s.exec(findLastOutputLine(stdout)) ?? [];
  if (state === undefined || state === 'None') return 'unknown';
  try {
    return normalizeConf(shown) === conf ? 'same' : 'different';
  } catch {
    return 'unknown';
  }
}
