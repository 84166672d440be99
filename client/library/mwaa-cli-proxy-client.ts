import { setTimeout as delay } from 'node:timers/promises';
import type { CommandResult, EnvironmentEntry, Explanation, GrantedCommand, ProblemDetails } from './api-types.ts';
import { type ApiRequestOptions, type ProxyAddress, requestJson } from './request-json.ts';

/** One word of a command. Objects and lists are sent as JSON text. */
export type ArgvElement = string | number | object;

export interface RunOptions {
  /** `json` (default) adds the option for JSON output to commands that have one. `raw` sends the command as it is. */
  readonly format?: 'json' | 'raw';
  /** A trigger creates one run per key, however often it is sent. */
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

/** A problem that the API returned. Match it by `code`. */
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

/** Including the first attempt. */
const MAX_ATTEMPTS = 4;
/** A request with a longer `Retry-After` is not retried. */
const MAX_RETRY_WAIT_SECONDS = 10;
/** Problems after which the outcome is unknown. With an idempotency key a retry cannot create a second run. */
const UNKNOWN_OUTCOME_CODES = [
  'outcome-unknown',
  'outcome-unclear',
  'gateway-error',
  'gateway-timeout',
  'internal-error',
];

/**
 * The Airflow command line of one environment behind the proxy.
 *
 * ```ts
 * const airflow = new MwaaCliProxyClient({ url, credentials, region }, 'analytics-prod');
 * const { output } = await airflow.run(['dags', 'trigger', 'daily', '--conf', { day }], { idempotencyKey });
 * ```
 *
 * A request is retried only if that cannot run a command twice: if the problem has `retrySafe: true` and a short `Retry-After`;
 * and, with an `idempotencyKey`, also after an unknown outcome or a lost connection.
 */
export class MwaaCliProxyClient {
  readonly #proxy: ProxyAddress;
  readonly #environment: string;

  /** @param environment its name in the proxy's configuration */
  constructor(proxy: ProxyAddress, environment: string) {
    this.#proxy = proxy;
    this.#environment = environment;
  }

  /**
   * Runs one command.
   *
   * @param argv the words of the command, without the leading `airflow`
   * @throws ProxyProblem; TypeError if the API cannot be reached; the signal's reason
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

  /** Returns whether a command is allowed and what would be sent. Runs nothing. Throws like `run`. */
  explain(
    argv: readonly ArgvElement[],
    { format = 'json', signal }: Omit<RunOptions, 'idempotencyKey'> = {},
  ): Promise<Explanation> {
    return this.#request('explain', { body: JSON.stringify({ argv, format }), signal }, true);
  }

  /** Lists the commands that the caller may run in this environment. Throws like `run`. */
  async commands(signal?: AbortSignal): Promise<readonly GrantedCommand[]> {
    const { commands } = await this.#request<{ commands: GrantedCommand[] }>('commands', { signal }, true);
    return commands;
  }

  /** Lists the environments in which the caller may run any command. Throws like `run`. */
  async environments(signal?: AbortSignal): Promise<readonly EnvironmentEntry[]> {
    const { environments } = await requestWithRetry<{ environments: EnvironmentEntry[] }>(
      this.#proxy,
      '/environments',
      { signal },
      true,
    );
    return environments;
  }

  #request<Body>(route: string, options: ApiRequestOptions, isReadOnly = false): Promise<Body> {
    const path = `/environments/${encodeURIComponent(this.#environment)}/${route}`;
    return requestWithRetry(this.#proxy, path, options, isReadOnly);
  }
}

/** @param isReadOnly the request changes nothing and can be retried after any failure */
async function requestWithRetry<Body>(
  proxy: ProxyAddress,
  path: string,
  options: ApiRequestOptions,
  isReadOnly: boolean,
): Promise<Body> {
  const isIdempotent = isReadOnly || options.headers?.['idempotency-key'] !== undefined;
  for (let attempt = 1; ; attempt++) {
    const isLast = attempt >= MAX_ATTEMPTS;
    const result = await requestJson<Body>(proxy, path, options).catch((error: unknown) => {
      // After a lost connection it is unknown whether the command was sent.
      if (isLast || !isIdempotent || options.signal?.aborted) throw error;
      return undefined;
    });
    if (result?.ok) return result.value;
    const delaySeconds =
      result === undefined
        ? attempt
        : getRetryDelaySeconds(new ProxyProblem(result.problem), result.retryAfterSeconds, isIdempotent, attempt);
    if (result !== undefined && (isLast || delaySeconds === undefined)) throw new ProxyProblem(result.problem);
    await delay((delaySeconds ?? attempt) * 1000, undefined, options.signal ? { signal: options.signal } : {});
  }
}

/** Seconds until the next attempt. Undefined if a retry is unsafe or would not help. */
function getRetryDelaySeconds(
  { code, problem }: ProxyProblem,
  retryAfter: number | undefined,
  isIdempotent: boolean,
  attempt: number,
): number | undefined {
  if (isIdempotent && UNKNOWN_OUTCOME_CODES.includes(code)) return Math.max(retryAfter ?? 0, attempt);
  const isLong = retryAfter === undefined || retryAfter > MAX_RETRY_WAIT_SECONDS;
  return problem.retrySafe === true && !isLong ? retryAfter : undefined;
}
