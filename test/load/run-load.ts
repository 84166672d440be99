import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { signedFetch } from '../../client/library/signed-fetch.ts';
import type { Principal } from '../../local/iam/principal-store.ts';
import { type FaultyStack, readRunIds } from '../local/faulty-stack.ts';

export interface LoadOptions {
  readonly callers: number;
  readonly seconds: number;
}

/** The response to one request. */
interface LoadResponse {
  readonly isTrigger: boolean;
  readonly status: number;
  /** The code of the problem, `succeeded`, or `replayed` if an earlier request with the same key had started the run. */
  readonly name: string;
  readonly runId: string | undefined;
  readonly retryAfter: number | undefined;
  readonly milliseconds: number;
}

/** The results of a load test. Its lists are empty if all guarantees hold. */
export interface LoadReport {
  /** The number of requests with each response, such as `read 200 succeeded`, and how long they took. */
  readonly responses: Readonly<Record<string, { count: number; medianMs: number; longestMs: number }>>;
  readonly callersWithoutSuccess: number;
  /** Rejections without `Retry-After`. */
  readonly rejectedWithoutRetryAfter: readonly string[];
  /** Responses that are neither a success, nor a temporary rejection, nor an unknown outcome. */
  readonly unexpected: readonly string[];
  /** The highest number of commands that ran in MWAA at the same time. */
  readonly maxConcurrent: number;
  /** The limit that is configured for this number. */
  readonly concurrency: number;
  /** Undefined if there is no real Airflow. */
  readonly runs: LoadRunsReport | undefined;
  /** Peak memory of the functions' processes in MB, after the first requests and at the end. */
  readonly memoryMb: { readonly warm: number; readonly end: number };
}

interface LoadRunsReport {
  readonly inDatabase: number;
  /** The number of triggers that got 200. */
  readonly confirmed: number;
  /** Confirmed runs that are in the database more than once. */
  readonly duplicated: readonly string[];
  /** Confirmed runs that are not in the database. */
  readonly lost: readonly string[];
  /** Runs in the database whose request was neither confirmed nor got an unknown outcome. */
  readonly unexpectedRuns: readonly string[];
  /** The number of triggers with an unknown outcome. */
  readonly unknownOutcomes: number;
  /** How many of these started a run. */
  readonly unknownOutcomesThatRan: number;
}

const ENVIRONMENT = 'patient';
/** The configured concurrency of the relay. */
const CONCURRENCY = 2;
/** Problems that ask the caller to try again later. */
const TEMPORARY_CODES = ['throttled', 'busy', 'airflow-busy', 'token-throttled'];
/** A caller waits this long after a response without `Retry-After`, or up to twice as long. */
const PAUSE_SECONDS = 2;
/** Problems after which the command may or may not have run. */
const UNKNOWN_OUTCOME_CODES = ['outcome-unknown', 'outcome-unclear'];
/** Every third request only reads. */
const READ_INTERVAL = 3;

/**
 * Lets many callers send triggers and reads for some seconds. Each caller has its own session, sends one request at a time, and waits for
 * `Retry-After`. Every other caller sends its triggers with an `Idempotency-Key`, and retries each until it succeeds. The others never
 * retry. Returns after the last response.
 */
export async function runLoad(stack: FaultyStack, { callers, seconds }: LoadOptions): Promise<LoadReport> {
  const runsBefore = new Set(readRunIds(stack));
  const endTime = Date.now() + seconds * 1000;
  const responsesByCaller = await Promise.all(
    Array.from({ length: callers }, (_, number) => runCaller(stack, number, endTime)),
  );
  await stack.mwaa.waitUntilIdle();
  const all = responsesByCaller.flat();
  const runs = readRunIds(stack)?.filter((id) => !runsBefore.has(id));
  return {
    responses: summarizeResponses(all),
    callersWithoutSuccess: responsesByCaller.filter((responses) => responses.every(({ status }) => status !== 200))
      .length,
    rejectedWithoutRetryAfter: all
      .filter(({ name, retryAfter }) => TEMPORARY_CODES.includes(name) && retryAfter === undefined)
      .map(({ status, name }) => `${status} ${name}`),
    unexpected: all
      .filter(({ name, status }) => status !== 200 && ![...TEMPORARY_CODES, ...UNKNOWN_OUTCOME_CODES].includes(name))
      .map(({ status, name }) => `${status} ${name}`),
    maxConcurrent: stack.mwaa.getMaxConcurrent(ENVIRONMENT),
    concurrency: CONCURRENCY,
    runs: runs && compareRuns(all, runs),
    memoryMb: readMemory(stack),
  };
}

/** Returns a message for each guarantee that does not hold. */
export function findBrokenGuarantees({
  rejectedWithoutRetryAfter,
  unexpected,
  maxConcurrent,
  runs,
  memoryMb,
}: LoadReport): string[] {
  const broken: [boolean, string][] = [
    [rejectedWithoutRetryAfter.length > 0, `rejected without Retry-After: ${[...new Set(rejectedWithoutRetryAfter)]}`],
    [unexpected.length > 0, `unexpected responses: ${[...new Set(unexpected)]}`],
    [maxConcurrent > CONCURRENCY, `${maxConcurrent} commands ran at the same time, but the limit is ${CONCURRENCY}`],
    [(runs?.duplicated.length ?? 0) > 0, `runs more than once in the database: ${runs?.duplicated}`],
    [(runs?.lost.length ?? 0) > 0, `confirmed runs missing in the database: ${runs?.lost}`],
    [(runs?.unexpectedRuns.length ?? 0) > 0, `runs that no response accounts for: ${runs?.unexpectedRuns}`],
    [memoryMb.end > 1.5 * memoryMb.warm, `memory grew from ${memoryMb.warm} to ${memoryMb.end} MB`],
  ];
  return broken.flatMap(([isBroken, message]) => (isBroken ? [message] : []));
}

async function runCaller(stack: FaultyStack, callerIndex: number, endTime: number): Promise<LoadResponse[]> {
  const caller = stack.createCaller('data-engineer', `caller-${callerIndex}`);
  const responses: LoadResponse[] = [];
  // Callers do not start in the same instant, as in practice. The first second is still a burst of requests.
  await wait(Math.random() * 1000);
  let key: string | undefined;
  for (let turn = callerIndex; Date.now() < endTime; turn += 1) {
    if (callerIndex % 2 === 0) key ??= randomUUID();
    const response = await sendLoadRequest(stack, caller, turn % READ_INTERVAL !== 0, key);
    responses.push(response);
    if (response.isTrigger && response.status === 200) key = undefined;
    await wait((response.retryAfter ?? PAUSE_SECONDS) * 1000 * (1 + Math.random()));
  }
  return responses;
}

interface LoadResponseBody {
  readonly type?: string;
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
  const startTime = performance.now();
  const headers: Record<string, string> = isTrigger && key !== undefined ? { 'idempotency-key': key } : {};
  const response = await signedFetch(address, JSON.stringify({ command }), caller, stack.region, { headers });
  const { type, runId, replayed } = (await response.json()) as LoadResponseBody;
  const retryAfter = response.headers.get('retry-after');
  return {
    isTrigger,
    runId,
    status: response.status,
    name: type?.replace('urn:mwaa-cli-proxy:problem:', '') ?? (replayed ? 'replayed' : 'succeeded'),
    retryAfter: retryAfter == null ? undefined : Number(retryAfter),
    milliseconds: performance.now() - startTime,
  };
}

function summarizeResponses(all: readonly LoadResponse[]): LoadReport['responses'] {
  const groups = Map.groupBy(
    all,
    ({ isTrigger, status, name }) => `${isTrigger ? 'trigger' : 'read'} ${status} ${name}`,
  );
  return Object.fromEntries(
    [...groups].sort().map(([name, responses]) => {
      const times = responses.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
      return [
        name,
        {
          count: responses.length,
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
  const unknown = triggers.filter(({ status }) => status === 424).flatMap(({ runId }) => runId ?? []);
  const runsById = Map.groupBy(runs, (id) => id);
  const known = new Set([...confirmed, ...unknown]);
  return {
    inDatabase: runs.length,
    confirmed: confirmed.length,
    duplicated: [...runsById].flatMap(([id, sameId]) => (sameId.length > 1 ? [id] : [])),
    lost: confirmed.filter((id) => !runsById.has(id)),
    unexpectedRuns: runs.filter((id) => !known.has(id)),
    unknownOutcomes: unknown.length,
    unknownOutcomesThatRan: unknown.filter((id) => runsById.has(id)).length,
  };
}

/** Reads the peak memory from Lambda's REPORT lines, which contain the maximum that the process has used so far. */
function readMemory({ logs }: FaultyStack): { warm: number; end: number } {
  const peaks = logs.search(/^REPORT/).map(({ message }) => Number(/Max Memory Used: (\d+) MB/.exec(message)?.[1]));
  const warm = peaks.slice(0, Math.max(20, Math.floor(peaks.length / 10)));
  return { warm: Math.max(...warm), end: Math.max(...peaks) };
}
