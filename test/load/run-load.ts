import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { signedFetch } from '../../client/library/signed-fetch.ts';
import type { Principal } from '../../local/iam/principal-store.ts';
import { type FaultyStack, readRunIds } from '../local/faulty-stack.ts';

export interface LoadOptions {
  readonly callers: number;
  readonly seconds: number;
}

/** What one request was answered. */
interface LoadResponse {
  readonly isTrigger: boolean;
  readonly status: number;
  /** The problem's name, `works`, or `replayed` where an earlier request of the same key had made the run. */
  readonly name: string;
  readonly requestId: string;
  readonly runId: string | undefined;
  readonly retryAfter: number | undefined;
  readonly milliseconds: number;
}

/** What a load has shown. Empty lists are what is promised. */
export interface LoadReport {
  /** How many requests had each answer, and how long it took: `200 works` and so on. */
  readonly responses: Readonly<Record<string, { count: number; medianMs: number; longestMs: number }>>;
  readonly callersWithoutSuccess: number;
  /** Refusals that do not say when to come back. */
  readonly refusedWithoutRetryAfter: readonly string[];
  /** Answers that are neither a success, nor a refusal, nor an open fate. */
  readonly unexpected: readonly string[];
  /** The most commands that MWAA ran for us at once, and how many it was promised at most. */
  readonly mostAtOnce: number;
  readonly concurrency: number;
  /** The rest is undefined where no real Airflow runs. */
  readonly runs: LoadRunsReport | undefined;
  /** Peak resident memory of the functions' processes, MB: when each was warm, and at the end. */
  readonly memoryMb: { readonly warm: number; readonly end: number };
}

interface LoadRunsReport {
  readonly inDatabase: number;
  /** Triggers that were answered with 200. */
  readonly confirmed: number;
  /** Confirmed runs that are in the database more than once, or not at all. */
  readonly doubled: readonly string[];
  readonly lost: readonly string[];
  /** Runs that belong to no request that was confirmed or left open. */
  readonly unexpectedRuns: readonly string[];
  /** Triggers whose fate was left open, and how many of them ran. */
  readonly unknownOutcomes: number;
  readonly unknownOutcomesThatRan: number;
}

const ENVIRONMENT = 'patient';
/** What a relay may have under way at once, by the configuration. */
const CONCURRENCY = 2;
const RUN_ID_PREFIX = 'mwaa-cli-proxy__';
/** Answers that mean: not now. */
const REFUSAL_CODES = ['throttled', 'gateway-error', 'airflow-busy', 'token-throttled'];
/** At least so long, and twice as long at most, a caller waits that was answered. */
const PAUSE_SECONDS = 2;
/** Answers that are neither a success nor a refusal, and still honest: the fate is open. */
const UNKNOWN_OUTCOME_CODES = ['outcome-unknown', 'outcome-unclear'];
/** Every third request only reads. */
const READ_INTERVAL = 3;

/**
 * So many callers, each of its own session, send triggers and reads one after another for so long, waiting as they are
 * told to. Every other one gives its triggers an `Idempotency-Key` and repeats each until it succeeds; the others never
 * repeat. Ends when the last is answered.
 */
export async function runLoad(stack: FaultyStack, { callers, seconds }: LoadOptions): Promise<LoadReport> {
  const runsBefore = new Set(readRunIds(stack));
  const until = Date.now() + seconds * 1000;
  const each = await Promise.all(Array.from({ length: callers }, (_, number) => runCaller(stack, number, until)));
  await stack.mwaa.waitUntilIdle();
  const all = each.flat();
  const runs = readRunIds(stack)?.filter((id) => !runsBefore.has(id));
  return {
    responses: summarizeResponses(all),
    callersWithoutSuccess: each.filter((answers) => answers.every(({ status }) => status !== 200)).length,
    refusedWithoutRetryAfter: all
      .filter(({ name, retryAfter }) => REFUSAL_CODES.includes(name) && retryAfter === undefined)
      .map(({ status, name }) => `${status} ${name}`),
    unexpected: all
      .filter(({ name, status }) => status !== 200 && ![...REFUSAL_CODES, ...UNKNOWN_OUTCOME_CODES].includes(name))
      .map(({ status, name }) => `${status} ${name}`),
    mostAtOnce: stack.mwaa.getMaxConcurrent(ENVIRONMENT),
    concurrency: CONCURRENCY,
    runs: runs && compareRuns(all, runs),
    memoryMb: readMemory(stack),
  };
}

/** What is not as promised, in words. */
export function findBrokenGuarantees({
  refusedWithoutRetryAfter,
  unexpected,
  mostAtOnce,
  runs,
  memoryMb,
}: LoadReport): string[] {
  const broken: [boolean, string][] = [
    [refusedWithoutRetryAfter.length > 0, `refused without Retry-After: ${[...new Set(refusedWithoutRetryAfter)]}`],
    [unexpected.length > 0, `answered: ${[...new Set(unexpected)]}`],
    [mostAtOnce > CONCURRENCY, `${mostAtOnce} commands at once, ${CONCURRENCY} are promised`],
    [(runs?.doubled.length ?? 0) > 0, `doubled: ${runs?.doubled}`],
    [(runs?.lost.length ?? 0) > 0, `lost: ${runs?.lost}`],
    [(runs?.unexpectedRuns.length ?? 0) > 0, `runs nobody was told of: ${runs?.unexpectedRuns}`],
    [memoryMb.end > 1.5 * memoryMb.warm, `memory grew from ${memoryMb.warm} to ${memoryMb.end} MB`],
  ];
  return broken.flatMap(([isBroken, words]) => (isBroken ? [words] : []));
}

async function runCaller(stack: FaultyStack, number: number, until: number): Promise<LoadResponse[]> {
  const caller = stack.createCaller('data-engineer', `caller-${number}`);
  const answers: LoadResponse[] = [];
  // Not all in the same instant: people do not come like that, and a burst is what the first second shows anyway.
  await wait(Math.random() * 1000);
  let key: string | undefined;
  for (let turn = number; Date.now() < until; turn += 1) {
    if (number % 2 === 0) key ??= randomUUID();
    const answer = await sendLoadRequest(stack, caller, turn % READ_INTERVAL !== 0, key);
    answers.push(answer);
    if (answer.isTrigger && answer.status === 200) key = undefined;
    await wait((answer.retryAfter ?? PAUSE_SECONDS) * 1000 * (1 + Math.random()));
  }
  return answers;
}

interface LoadResponseBody {
  readonly type?: string;
  readonly requestId: string;
  readonly runId?: string;
  readonly replayed?: boolean;
}

async function sendLoadRequest(
  stack: FaultyStack,
  caller: Principal,
  isTrigger: boolean,
  key: string | undefined,
): Promise<LoadResponse> {
  const address = new URL(`${stack.url}/environments/${ENVIRONMENT}/cli`);
  const command = isTrigger ? 'dags trigger daily_report' : 'version';
  const begun = performance.now();
  const headers: Record<string, string> = isTrigger && key !== undefined ? { 'idempotency-key': key } : {};
  const response = await signedFetch(address, JSON.stringify({ command }), caller, stack.region, { headers });
  const { type, requestId, runId, replayed } = (await response.json()) as LoadResponseBody;
  const retryAfter = response.headers.get('retry-after');
  return {
    ...{ isTrigger, requestId, runId, status: response.status },
    name: type?.replace('urn:mwaa-cli-proxy:problem:', '') ?? (replayed ? 'replayed' : 'works'),
    retryAfter: retryAfter === null ? undefined : Number(retryAfter),
    milliseconds: performance.now() - begun,
  };
}

function summarizeResponses(all: readonly LoadResponse[]): LoadReport['responses'] {
  const groups = Map.groupBy(
    all,
    ({ isTrigger, status, name }) => `${isTrigger ? 'trigger' : 'read'} ${status} ${name}`,
  );
  return Object.fromEntries(
    [...groups].sort().map(([answer, answers]) => {
      const times = answers.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
      return [
        answer,
        {
          count: answers.length,
          medianMs: Math.round(times[Math.floor(times.length / 2)] ?? 0),
          longestMs: Math.round(times.at(-1) ?? 0),
        },
      ];
    }),
  );
}

function compareRuns(all: readonly LoadResponse[], runs: readonly string[]): LoadRunsReport {
  const triggers = all.filter(({ isTrigger }) => isTrigger);
  const confirmed = triggers.flatMap(({ status, runId }) => (status === 200 && runId !== undefined ? [runId] : []));
  // 424 is what says that the fate is open. The gateway knows no run id; without a key it is made from the request's.
  const open = triggers
    .filter(({ status }) => status === 424)
    .map(({ runId, requestId }) => runId ?? `${RUN_ID_PREFIX}${requestId}`);
  const times = Map.groupBy(runs, (id) => id);
  const known = new Set([...confirmed, ...open]);
  return {
    inDatabase: runs.length,
    confirmed: confirmed.length,
    doubled: [...times].flatMap(([id, found]) => (found.length > 1 ? [id] : [])),
    lost: confirmed.filter((id) => !times.has(id)),
    unexpectedRuns: runs.filter((id) => !known.has(id)),
    unknownOutcomes: open.length,
    unknownOutcomesThatRan: open.filter((id) => times.has(id)).length,
  };
}

/** Lambda's report of each invocation has the most memory its process has ever held. */
function readMemory({ logs }: FaultyStack): { warm: number; end: number } {
  const peaks = logs.search(/^REPORT/).map(({ message }) => Number(/Max Memory Used: (\d+) MB/.exec(message)?.[1]));
  const warm = peaks.slice(0, Math.max(20, Math.floor(peaks.length / 10)));
  return { warm: Math.max(...warm), end: Math.max(...peaks) };
}
