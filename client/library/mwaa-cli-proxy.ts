import { setTimeout as delay } from 'node:timers/promises';
import type { CommandResult, EnvironmentEntry, Explanation, GrantedCommand, ProblemDetails } from './api-types.ts';
import { type ApiRequestOptions, type ProxyAddress, requestJson } from './request-json.ts';

/** A word of a command; objects and lists become JSON text. */
export type ArgvElement = string | number | object;

export interface RunOptions {
  /** `json` (default): ask Airflow for JSON where the command can speak it. `raw`: as asked. */
  readonly format?: 'json' | 'raw';
  /** A trigger with the same key is one run, however often it is sent. */
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

/** A problem of the API, thrown. Match it by `code`. */
export class ProxyProblem extends Error {
  override readonly name = 'ProxyProblem';
  /** As in `docs/api.md`: `not-granted`, `command-failed`, `outcome-unknown` … */
  readonly code: string;
  readonly problem: ProblemDetails;

  constructor(problem: ProblemDetails) {
    super(problem.detail);
    this.code = problem.type.slice(problem.type.lastIndexOf(':') + 1);
    this.problem = problem;
  }
}

/** Requests for one thing, the first one counted. */
const MAX_ATTEMPTS = 4;
/** Longer than that nobody waits without knowing. */
const MAX_RETRY_WAIT_SECONDS = 10;
/** What leaves a command's fate open: with a key a repeat is the same run. */
const UNKNOWN_OUTCOME_CODES = [
  'outcome-unknown',
  'outcome-unclear',
  'gateway-error',
  'gateway-timeout',
  'internal-error',
];

/**
 * Airflow's command line behind the proxy.
 *
 * ```ts
 * const airflow = new MwaaCliProxy({ url, credentials, region }, 'analytics-prod');
 * const { output } = await airflow.run(['dags', 'trigger', 'daily', '--conf', { day }], { idempotencyKey });
 * ```
 *
 * A request is repeated only where that can do nothing twice: where the problem says so and when to come back, and after an open
 * fate or a lost connection where an `idempotencyKey` makes it one run.
 */
export class MwaaCliProxy {
  readonly #proxy: ProxyAddress;
  readonly #environment: string;

  /** @param environment as the proxy calls it */
  constructor(proxy: ProxyAddress, environment: string) {
    this.#proxy = proxy;
    this.#environment = environment;
  }

  /**
   * Runs one command.
   *
   * @param argv its words, without the leading `airflow`
   * @throws ProxyProblem; TypeError where the API cannot be reached; the signal's reason
   */
  run(
    argv: readonly ArgvElement[],
    { format = 'json', idempotencyKey, signal }: RunOptions = {},
  ): Promise<CommandResult> {
    return this.#request('cli', {
      body: JSON.stringify({ argv, format }),
      headers: idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey },
      signal,
    });
  }

  /** What would become of a command. Throws as `run`. */
  explain(
    argv: readonly ArgvElement[],
    { format = 'json', signal }: Omit<RunOptions, 'idempotencyKey'> = {},
  ): Promise<Explanation> {
    return this.#request('explain', { body: JSON.stringify({ argv, format }), signal }, true);
  }

  /** What the caller may run here. Throws as `run`. */
  async commands(signal?: AbortSignal): Promise<readonly GrantedCommand[]> {
    const { commands } = await this.#request<{ commands: GrantedCommand[] }>('commands', { signal }, true);
    return commands;
  }

  /** The environments in which anything is granted to the caller. Throws as `run`. */
  async environments(signal?: AbortSignal): Promise<readonly EnvironmentEntry[]> {
    const { environments } = await requestWithRetry<{ environments: EnvironmentEntry[] }>(
      this.#proxy,
      '/environments',
      { signal },
      true,
    );
    return environments;
  }

  #request<Answer>(route: string, options: ApiRequestOptions, harmless = false): Promise<Answer> {
    const path = `/environments/${encodeURIComponent(this.#environment)}/${route}`;
    return requestWithRetry(this.#proxy, path, options, harmless);
  }
}

/** @param harmless the request changes nothing, so that it may be sent again whatever became of it */
async function requestWithRetry<Answer>(
  proxy: ProxyAddress,
  path: string,
  options: ApiRequestOptions,
  harmless: boolean,
): Promise<Answer> {
  const once = harmless || options.headers?.['idempotency-key'] !== undefined;
  for (let attempt = 1; ; attempt++) {
    const last = attempt >= MAX_ATTEMPTS;
    const reply = await requestJson<Answer>(proxy, path, options).catch((error: unknown) => {
      // A connection that is lost leaves it open whether the command was sent.
      if (last || !once || options.signal?.aborted) throw error;
      return undefined;
    });
    if (reply?.ok) return reply.value;
    const wait =
      reply === undefined
        ? attempt
        : getRetryDelaySeconds(new ProxyProblem(reply.problem), reply.retryAfterSeconds, once, attempt);
    if (reply !== undefined && (last || wait === undefined)) throw new ProxyProblem(reply.problem);
    await delay((wait ?? attempt) * 1000, undefined, options.signal ? { signal: options.signal } : {});
  }
}

/** Seconds until the request may be sent again; undefined: it may not, or it is of no use. */
function getRetryDelaySeconds(
  { code, problem }: ProxyProblem,
  retryAfter: number | undefined,
  once: boolean,
  attempt: number,
) {
  if (once && UNKNOWN_OUTCOME_CODES.includes(code)) return Math.max(retryAfter ?? 0, attempt);
  const isLong = retryAfter === undefined || retryAfter > MAX_RETRY_WAIT_SECONDS;
  return problem.retrySafe === true && !isLong ? retryAfter : undefined;
}
