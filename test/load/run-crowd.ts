import { randomUUID } from 'node:crypto';
import { MwaaCliProxyClient } from '../../client/library/mwaa-cli-proxy-client.ts';
import { ProxyProblem } from '../../client/library/proxy-problem.ts';
import type { FunctionStatistics } from '../../local/gateway/functions/lambda-api.ts';
import { type FaultyStack, readRunIds } from '../local/faulty-stack.ts';

/** What callers do at the same moment. */
const CROWD_COMMANDS = {
  'dags list-runs': { argv: ['dags', 'list-runs', '--dag-id', 'daily_report'], hasKey: false },
  'dags trigger with a key': { argv: ['dags', 'trigger', 'daily_report'], hasKey: true },
} as const;

export type CrowdCommand = keyof typeof CROWD_COMMANDS;

/** The results of one command of a crowd. */
export interface CrowdReport {
  /** How many callers got each result: `succeeded`, or the code of the problem. */
  readonly results: Readonly<Record<string, number>>;
  /** How long the requests that succeeded waited for a slot, in milliseconds, sorted. */
  readonly queuedMs: readonly number[];
  /** How long each caller waited for its answer, repeats included, in milliseconds, sorted. */
  readonly answeredMs: readonly number[];
  /** Invocations of the relay that Lambda throttled, by reason. */
  readonly throttled: FunctionStatistics['throttled'];
  /** The highest number of commands that ran in MWAA at the same time. */
  readonly maxConcurrent: number;
  /** New runs in the database. Undefined if there is no real Airflow, or for a command that triggers nothing. */
  readonly runs: { readonly inDatabase: number; readonly lost: number; readonly doubled: number } | undefined;
}

const ENVIRONMENT = 'patient';

/** Lets many callers send the same command at the same moment, each with its own session. Every caller waits as the library does. */
export async function runCrowd(stack: FaultyStack, callers: number, command: CrowdCommand): Promise<CrowdReport> {
  const { argv, hasKey } = CROWD_COMMANDS[command];
  const runsBefore = new Set(readRunIds(stack));
  const throttledBefore = readRelayStatistics(stack).throttled;
  const answers = await Promise.all(
    Array.from({ length: callers }, async (_, index) => {
      const credentials = stack.createCaller('data-engineer', `caller-${index}`);
      const client = new MwaaCliProxyClient({ url: stack.url, region: stack.region, credentials }, ENVIRONMENT);
      const startedAt = performance.now();
      const answer = await client
        .run(argv, hasKey ? { idempotencyKey: randomUUID() } : {})
        .then(({ outcome, runId, queuedMs = 0 }) => ({ name: outcome as string, runId, queuedMs }))
        .catch((error: unknown) => ({ name: error instanceof ProxyProblem ? error.code : String(error) }));
      return { ...answer, milliseconds: performance.now() - startedAt };
    }),
  );
  await stack.mwaa.waitUntilIdle();
  const newRuns = readRunIds(stack)?.filter((id) => !runsBefore.has(id));
  const succeeded = answers.flatMap((answer) => ('queuedMs' in answer ? [answer] : []));
  const confirmed = succeeded.flatMap(({ runId }) => runId ?? []);
  return {
    results: countBy(answers.map(({ name }) => name)),
    queuedMs: sortNumbers(succeeded.map(({ queuedMs }) => queuedMs)),
    answeredMs: sortNumbers(answers.map(({ milliseconds }) => milliseconds)),
    throttled: subtract(readRelayStatistics(stack).throttled, throttledBefore),
    maxConcurrent: stack.mwaa.getMaxConcurrent(ENVIRONMENT),
    runs:
      hasKey && newRuns !== undefined
        ? {
            inDatabase: newRuns.length,
            lost: confirmed.filter((id) => !newRuns.includes(id)).length,
            doubled: newRuns.length - new Set(confirmed).size,
          }
        : undefined,
  };
}

/** Returns a message for each guarantee that does not hold. */
export function findBrokenCrowdGuarantees(report: CrowdReport, callers: number, slots: number): string[] {
  const { results, maxConcurrent, runs } = report;
  const broken: [boolean, string][] = [
    [results.succeeded !== callers, `${results.succeeded ?? 0} of ${callers} succeeded: ${JSON.stringify(results)}`],
    [maxConcurrent > slots, `${maxConcurrent} commands ran at the same time, but there are ${slots} slots`],
    [(runs?.lost ?? 0) > 0, `${runs?.lost} confirmed runs are not in the database`],
    [(runs?.doubled ?? 0) !== 0, `${runs?.doubled} runs in the database belong to no confirmed trigger`],
  ];
  return broken.flatMap(([isBroken, message]) => (isBroken ? [message] : []));
}

/** The lines of a report, for people. */
export function formatCrowdReport(command: CrowdCommand, report: CrowdReport): string[] {
  const { results, queuedMs, answeredMs, throttled, maxConcurrent, runs } = report;
  return [
    `${command}: ${JSON.stringify(results)}`,
    `  waiting for a slot, last request: ${formatDistribution(queuedMs)}`,
    `  until the answer, all requests:   ${formatDistribution(answeredMs)}`,
    `  throttled invocations: ${JSON.stringify(throttled)}; most commands at once: ${maxConcurrent}`,
    ...(runs === undefined
      ? []
      : [`  runs: ${runs.inDatabase} in the database, ${runs.lost} lost, ${runs.doubled} doubled`]),
  ];
}

function formatDistribution(sorted: readonly number[]): string {
  const at = (share: number) =>
    ((sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0) / 1000).toFixed(1);
  return `p10 ${at(0.1)} s, p50 ${at(0.5)} s, p90 ${at(0.9)} s, max ${at(1)} s`;
}

function readRelayStatistics({ gateway }: FaultyStack): FunctionStatistics {
  const relay = [...gateway.model.functions.values()].find(({ name }) => name.endsWith(`-relay-${ENVIRONMENT}`));
  return gateway.functionStatistics(relay?.name ?? '');
}

const sortNumbers = (values: readonly number[]): number[] => [...values].sort((left, right) => left - right);

const countBy = (names: readonly string[]): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(names, (name) => name)].map(([name, same]) => [name, same.length]));

const subtract = (after: FunctionStatistics['throttled'], before: FunctionStatistics['throttled']) =>
  Object.fromEntries(
    Object.entries(after).map(([reason, count]) => [reason, count - (before[reason as keyof typeof before] ?? 0)]),
  );
