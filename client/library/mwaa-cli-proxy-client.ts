import { startsWithReadOnlyCommand } from '../../airflow/command-effects.ts';
import type { CommandResult, EnvironmentEntry, Explanation, GrantedCommand } from './api-types.ts';
import type { ApiRequestOptions, ProxyAddress } from './request-json.ts';
import { requestWithRetry } from './request-with-retry.ts';
import { SlotWait } from './slot-wait.ts';

/** One word of a command. Objects and lists are sent as JSON text. */
export type ArgvElement = string | number | object;

export interface RunOptions {
  /** `json` (default) adds the option for JSON output to commands that have one. `raw` sends the command as it is. */
  readonly format?: 'json' | 'raw';
  /** A trigger creates one run per key, however often it is sent. */
  readonly idempotencyKey?: string;
  /** How long to wait for a free slot of the environment, in seconds. 0: do not wait. Default: 600. */
  readonly waitSeconds?: number;
  /** Called once, if no slot was free for a few seconds and the command keeps waiting. */
  readonly onWait?: () => void;
  readonly signal?: AbortSignal;
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
  run(
    argv: readonly ArgvElement[],
    { format = 'json', idempotencyKey, waitSeconds, onWait, signal }: RunOptions = {},
  ): Promise<CommandResult> {
    const options: ApiRequestOptions = {
      body: JSON.stringify({ argv, format }),
      headers: idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey },
      signal,
    };
    return this.#request('cli', options, startsWithReadOnlyCommand(argv), new SlotWait(waitSeconds, onWait));
  }

  /** Returns whether a command is allowed and what would be sent. Runs nothing. Throws like `run`. */
  explain(
    argv: readonly ArgvElement[],
    { format = 'json', signal }: Pick<RunOptions, 'format' | 'signal'> = {},
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

  #request<Body>(route: string, options: ApiRequestOptions, isReadOnly: boolean, slotWait?: SlotWait): Promise<Body> {
    const path = `/environments/${encodeURIComponent(this.#environment)}/${route}`;
    return requestWithRetry(this.#proxy, path, options, isReadOnly, slotWait);
  }
}
