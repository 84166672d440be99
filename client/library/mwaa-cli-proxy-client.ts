import type { CommandResult, EnvironmentEntry, Explanation, GrantedCommand, RunState } from './api-types.ts';
import { pollRun } from './poll-run.ts';
import { type ArgvElement, getPath, type RunOptions, requestCommand } from './request-command.ts';
import type { ApiRequestOptions, ProxyAddress } from './request-json.ts';
import { requestWithRetry } from './request-with-retry.ts';
import { ANSWER_MEMBERS } from './retry-rules.ts';
import { SlotWait } from './slot-wait.ts';
import { PROCESS_CLOCK, waitForRun } from './wait-for-run.ts';
import { POLL_LIMITS } from './wait-rules.ts';
import { WaitTimeoutError } from './wait-timeout-error.ts';

export interface WaitOptions {
  /** How long to wait for the end of the run, in milliseconds. Default: 30 minutes. */
  readonly timeoutMs?: number;
  /** The pause between the first two polls, in milliseconds. Each further pause is longer, up to one minute. Default: 5000. */
  readonly intervalMs?: number;
  /** How long the run may not exist yet, in milliseconds: after a trigger with an unknown outcome. Default: 0. */
  readonly appearanceTimeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Called after each poll of a run that has not finished. */
  readonly onState?: (state: RunState['state'], sinceMs: number) => void;
  /** Called after a poll that failed for a reason that may go away. */
  readonly onTransientError?: (detail: string, sinceMs: number) => void;
}

/**
 * The Airflow command line of one environment behind the proxy.
 *
 * ```ts
 * const airflow = new MwaaCliProxyClient({ url, credentials, region }, 'analytics-prod');
 * const { output } = await airflow.run(['dags', 'trigger', 'daily', '--conf', { day }], { idempotencyKey });
 * ```
 *
 * A request is retried only if that cannot run a command twice: while no slot is free (`busy`, `throttled`); if the problem has `retrySafe: true`
 * and a short `Retry-After`; and, with an `idempotencyKey` or for a command that only reads, also after an unknown outcome or a lost
 * connection.
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
   * @throws ProxyProblem, also if the signal is aborted between two requests for a slot: then it is `busy`, and the command did not run;
   *   ConnectionError, a TypeError, if there is no response; the signal's reason
   */
  run(argv: readonly ArgvElement[], options: RunOptions = {}): Promise<CommandResult> {
    return requestCommand(this.#proxy, this.#environment, argv, options);
  }

  /** Returns whether a command is allowed and what would be sent. Runs nothing. Throws like `run`. */
  explain(
    argv: readonly ArgvElement[],
    { format = 'json', signal }: Pick<RunOptions, 'format' | 'signal'> = {},
  ): Promise<Explanation> {
    const options = { body: JSON.stringify({ argv, format }), member: ANSWER_MEMBERS.explain, signal };
    return this.#request('explain', options, true);
  }

  /**
   * The state of a DAG run. Needs a grant for the command that shows it in this release: see `docs/api.md`. Throws like `run`:
   * `run-not-found` if there is no such run.
   */
  async runState(
    dagId: string,
    runId: string,
    { waitSeconds, onWait, signal }: Pick<RunOptions, 'waitSeconds' | 'onWait' | 'signal'> = {},
  ): Promise<RunState> {
    const query = Object.entries({ dagId, runId }).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    const response = await this.#request<RunState>(
      `run?${query.join('&')}`,
      { member: ANSWER_MEMBERS.run, signal },
      true,
      new SlotWait(waitSeconds, onWait),
    );
    const { state, logicalDate, startedAt, endedAt } = response;
    return {
      dagId,
      runId,
      state,
      ...(logicalDate === undefined ? {} : { logicalDate }),
      ...(startedAt === undefined ? {} : { startedAt }),
      ...(endedAt === undefined ? {} : { endedAt }),
    };
  }

  /**
   * Waits until a DAG run has finished. Keeps polling while Airflow is busy or cannot be reached.
   *
   * ```ts
   * const { runId } = await airflow.run(['dags', 'trigger', 'daily'], { idempotencyKey });
   * const { state } = await airflow.wait('daily', runId!, { timeoutMs: 3_600_000 });
   * if (state === 'failed') throw new Error(`${runId} failed`);
   * ```
   *
   * @returns the run in its final state: `success` or `failed`
   * @throws WaitTimeoutError; ProxyProblem, such as `run-not-found` and `not-granted`; the signal's reason
   */
  async wait(
    dagId: string,
    runId: string,
    {
      timeoutMs = POLL_LIMITS.timeoutMs,
      intervalMs = POLL_LIMITS.intervalMs,
      appearanceTimeoutMs = 0,
      signal = new AbortController().signal,
      onState = () => {},
      onTransientError = () => {},
    }: WaitOptions = {},
  ): Promise<RunState> {
    let missing: unknown;
    const readState = (pollSignal: AbortSignal) =>
      this.runState(dagId, runId, { signal: pollSignal }).catch((error: unknown) => {
        missing = error;
        throw error;
      });
    const result = await waitForRun(
      (pollSignal) => pollRun(readState, pollSignal),
      { timeoutMs, initialIntervalMs: intervalMs, appearanceTimeoutMs },
      { onState, onTransientError },
      PROCESS_CLOCK,
      signal,
    );
    if (result.ended === 'timed out') throw new WaitTimeoutError(runId, timeoutMs, result.state);
    if (result.ended === 'not found') throw missing;
    return result.run;
  }

  /** Lists the commands that the caller may run in this environment. Throws like `run`. */
  async commands(signal?: AbortSignal): Promise<readonly GrantedCommand[]> {
    const options = { member: ANSWER_MEMBERS.commands, signal };
    const { commands } = await this.#request<{ commands: GrantedCommand[] }>('commands', options, true);
    return commands;
  }

  /** Lists the environments in which the caller may run any command. Throws like `run`. */
  async environments(signal?: AbortSignal): Promise<readonly EnvironmentEntry[]> {
    const { environments } = await requestWithRetry<{ environments: EnvironmentEntry[] }>(
      this.#proxy,
      '/environments',
      { member: ANSWER_MEMBERS.environments, signal },
      true,
    );
    return environments;
  }

  #request<Body>(route: string, options: ApiRequestOptions, isReadOnly: boolean, slotWait?: SlotWait): Promise<Body> {
    return requestWithRetry(this.#proxy, getPath(this.#environment, route), options, isReadOnly, slotWait);
  }
}
