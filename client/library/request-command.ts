import { startsWithReadOnlyCommand } from '../../airflow/command-effects.ts';
import type { CommandResult, SplitCommandResult } from './api-types.ts';
import type { ApiRequestOptions, ProxyAddress } from './request-json.ts';
import { requestWithRetry } from './request-with-retry.ts';
import { ANSWER_MEMBERS } from './retry-rules.ts';
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

/** The path of a route of an environment. */
export const getPath = (environment: string, route: string): string =>
  `/environments/${encodeURIComponent(environment)}/${route}`;

/** Runs one command, as `MwaaCliProxyClient.run` documents it. */
export const requestCommand = (
  proxy: ProxyAddress,
  environment: string,
  argv: readonly ArgvElement[],
  options: RunOptions,
): Promise<CommandResult> => request(proxy, environment, argv, options);

/**
 * Like `requestCommand`, with the answer and the messages in place of the streams, also in a problem. A relay of an older version
 * returns the streams.
 */
export const requestSplitCommand = (
  proxy: ProxyAddress,
  environment: string,
  argv: readonly ArgvElement[],
  options: RunOptions,
): Promise<CommandResult | SplitCommandResult> => request(proxy, environment, argv, options, { streams: 'split' });

function request<Result>(
  proxy: ProxyAddress,
  environment: string,
  argv: readonly ArgvElement[],
  { format = 'json', idempotencyKey, waitSeconds, onWait, signal }: RunOptions,
  members: { readonly streams?: 'split' } = {},
): Promise<Result> {
  const options: ApiRequestOptions = {
    body: JSON.stringify({ argv, format, ...members }),
    member: ANSWER_MEMBERS.cli,
    headers: idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey },
    signal,
  };
  const slotWait = new SlotWait(waitSeconds, onWait);
  return requestWithRetry(proxy, getPath(environment, 'cli'), options, startsWithReadOnlyCommand(argv), slotWait);
}
