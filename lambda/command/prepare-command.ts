import type { Catalog } from '../../airflow/catalog.ts';
import { isReadOnlyCommand } from '../../airflow/command-effects.ts';
import { completeInvocation, getRunId, isTrigger } from '../../airflow/complete-invocation.ts';
import type { Invocation } from '../../airflow/invocation.ts';
import { parseInvocation } from '../../airflow/parse-invocation.ts';
import { renderArgv } from '../../airflow/render-command-line.ts';
import { listHiddenContent, readTriggerContent } from '../../airflow/trigger-content.ts';
import { Problem } from '../../contract/problem.ts';
import type { RelayCommand } from '../../contract/relay-request.ts';
import { describeUnknownOutcome } from '../../mwaa/cli/describe-unknown-outcome.ts';
import type { PreparedCommand } from '../../mwaa/cli/environment-connection.ts';
import { runIdFromKey, runIdFromRequest } from './run-id.ts';

/** What a command is prepared for: one environment and one caller. */
export interface CommandTarget {
  /** Name of the environment in the configuration. */
  readonly environment: string;
  readonly catalog: Catalog;
  /** `Caller.principal`: the same for all sessions and tokens of a caller. */
  readonly principal: string;
}

/**
 * Parses and completes a command, and determines what to report about it. The front and the relay both prepare every command, with
 * the same result.
 *
 * @throws Refusal if the command is not valid in the release
 * @throws Problem `malformed-request` for an idempotency key that does not fit the command; `request-too-large`
 */
export function prepareCommand(
  { environment, catalog, principal }: CommandTarget,
  { argv, format, streams, uniqueId, idempotencyKey }: RelayCommand,
): PreparedCommand {
  const parsed = parseInvocation(catalog, argv);
  if (idempotencyKey !== undefined) checkIdempotencyKey(parsed);
  const keyedContent = idempotencyKey !== undefined && isTrigger(parsed) ? readTriggerContent(parsed) : undefined;
  const newRunId =
    idempotencyKey !== undefined && keyedContent !== undefined
      ? runIdFromKey({
          principal,
          environment,
          idempotencyKey,
          hiddenContent: listHiddenContent(catalog, parsed, keyedContent),
        })
      : runIdFromRequest(uniqueId);
  const invocation = completeInvocation(parsed, format, newRunId);
  checkWordSizes(invocation);
  const runId = getRunId(invocation);
  return {
    invocation,
    ...(keyedContent && { keyedContent }),
    retrySafe: keyedContent !== undefined || isReadOnlyCommand(invocation.command.path),
    unknownOutcomeRemedy: describeUnknownOutcome(catalog, invocation, keyedContent !== undefined),
    responseMembers: { ...(runId === undefined ? {} : { runId }), ...(keyedContent ? { replayed: false } : {}) },
    ...(streams === undefined ? {} : { streams }),
  };
}

/**
 * Rejects an idempotency key on a command for which the proxy cannot prevent a second effect. Accepts a key on a read-only command,
 * because its repeats change nothing.
 */
function checkIdempotencyKey(parsed: Invocation): void {
  if (isTrigger(parsed) && getRunId(parsed) !== undefined) {
    const detail = 'Idempotency-Key determines the run id. Send either the header or --run-id, not both.';
    throw new Problem('malformed-request', detail);
  }
  if (!isTrigger(parsed) && !isReadOnlyCommand(parsed.command.path)) {
    const command = parsed.command.path.join(' ');
    const detail = `Idempotency-Key works only for triggers, and "${command}" is not one. Remove the header.`;
    throw new Problem('malformed-request', detail);
  }
}

/** Linux starts no process with a longer word, its final NUL byte included (`MAX_ARG_STRLEN`). Airflow would print nothing. */
const MAX_WORD_BYTES = 128 * 1024 - 1;

function checkWordSizes(invocation: Invocation): void {
  const size = renderArgv(invocation).reduce((longest, word) => Math.max(longest, Buffer.byteLength(word)), 0);
  if (size <= MAX_WORD_BYTES) return;
  const detail = `A word of the command line has ${size} bytes. Linux limits a word to ${MAX_WORD_BYTES} bytes. Shorten it.`;
  throw new Problem('request-too-large', detail);
}
