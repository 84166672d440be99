import { randomUUID } from 'node:crypto';
import type { Catalog } from '../../airflow/catalog.ts';
import { findNearestCatalog } from '../../airflow/catalogs.ts';
import { isReadOnlyCommand } from '../../airflow/command-effects.ts';
import { completeInvocation, getRunId, type OutputFormat, RUN_ID_PREFIX } from '../../airflow/complete-invocation.ts';
import { matchCommand } from '../../airflow/find-command.ts';
import type { Invocation } from '../../airflow/invocation.ts';
import { argvFromJson } from '../../airflow/json-argv.ts';
import { parseVersionOutput } from '../../airflow/log-lines.ts';
import { parseInvocation } from '../../airflow/parse-invocation.ts';
import { Refusal } from '../../airflow/refusal.ts';
import { quoteWord } from '../../airflow/render-command-line.ts';
import { DEFAULT_LIMITS } from '../../config/limits.ts';
import { Problem, toProblemDetails } from '../../contract/problem.ts';
import { CATALOGS } from '../../files/catalogs.ts';
import { describeUnknownOutcome } from '../../mwaa/cli/describe-unknown-outcome.ts';
import type { PreparedCommand } from '../../mwaa/cli/environment-connection.ts';
import { executeCommand } from '../../mwaa/cli/execute-command.ts';
import type { SendCommand } from '../../mwaa/cli/send-command-types.ts';
import type { AirflowCli } from '../airflow/create-airflow-cli.ts';
import type { CommandResult } from '../library/api-types.ts';
import { type ArgvElement, ProxyProblem, type RunOptions } from '../library/mwaa-cli-proxy.ts';
import { type MwaaAddress, SETTING_VARIABLES, SettingsError } from '../settings.ts';
import { resolveAwsAccess } from './aws-access.ts';
import { fetchRelease } from './fetch-release.ts';
import { createMwaaConnection, type MwaaConnection, TIMEOUTS_MS } from './mwaa-connection.ts';

/**
 * Airflow's command line at MWAA itself, for callers inside the network: token, post, decode, by the relay's own code. What the
 * release's command tree does not know is sent as it was typed: Airflow is to judge it.
 */
export class DirectAirflowCli implements AirflowCli {
  readonly #address: MwaaAddress;
  readonly #environment: string;
  #connection: Promise<MwaaConnection> | undefined;
  #release: Promise<string> | undefined;

  /** @param environment as MWAA calls it */
  constructor(address: MwaaAddress, environment: string) {
    this.#address = address;
    this.#environment = environment;
  }

  async run(
    argv: readonly ArgvElement[],
    { format = 'json', idempotencyKey, signal = new AbortController().signal }: RunOptions = {},
  ): Promise<CommandResult> {
    if (idempotencyKey !== undefined) {
      throw new SettingsError(
        `A key for one run is kept by a proxy: give the trigger a --run-id, or set ${SETTING_VARIABLES.url}.`,
      );
    }
    const startedAt = Date.now();
    const { upstream, send } = await this.#getConnection();
    // MWAA is asked for both at once. Who waits for the token is told what became of it.
    upstream.tokens.get(signal).catch(() => {});
    const airflow = await this.release(signal);
    const { catalog, exact } = findNearestCatalog(CATALOGS, airflow);
    const requestId = randomUUID();
    const command = prepareCommand(catalog, exact, argvFromJson(argv), format, requestId);
    const way = {
      environment: { name: this.#environment, airflow, catalog, limits: { outputBytes: DEFAULT_LIMITS.answerBytes } },
      send,
      signal,
      timeLeftMs: () => TIMEOUTS_MS.whole - (Date.now() - startedAt),
    };
    const result = await executeCommand(way, command, {}).catch((error: unknown) => {
      if (signal.aborted) throw signal.reason;
      return rethrowAsProxyProblem(error);
    });
    return { requestId, ...result, durationMs: Date.now() - startedAt } as CommandResult;
  }

  release(signal = new AbortController().signal): Promise<string> {
    const { airflowVersion } = this.#address;
    this.#release ??= airflowVersion === undefined ? this.#fetchRelease(signal) : Promise.resolve(airflowVersion);
    return this.#release;
  }

  async #fetchRelease(signal: AbortSignal): Promise<string> {
    const { aws, send } = await this.#getConnection();
    return (await fetchRelease(aws, this.#environment, signal)) ?? queryRelease(send, signal);
  }

  #getConnection(): Promise<MwaaConnection> {
    this.#connection ??= this.#connect();
    return this.#connection;
  }

  async #connect(): Promise<MwaaConnection> {
    return createMwaaConnection(this.#address, this.#environment, await resolveAwsAccess(this.#address));
  }
}

/** @throws ProxyProblem */
async function queryRelease(send: SendCommand, signal: AbortSignal): Promise<string> {
  const { streams } = await send({ commandLine: 'version', readOnly: true }, signal).catch(rethrowAsProxyProblem);
  const found = parseVersionOutput(streams.stdout);
  if (found !== undefined) return found;
  throw new SettingsError(
    `Airflow did not tell its version: set ${SETTING_VARIABLES.airflowVersion} to it, as in 2.10.3.`,
  );
}

/**
 * The command as it is sent: from the parsed one, completed as the proxy does; as it was typed, where this release's command tree
 * does not know it, or is not at hand.
 */
function prepareCommand(
  catalog: Catalog,
  exact: boolean,
  words: readonly string[],
  format: OutputFormat,
  requestId: string,
): PreparedCommand {
  const parsed = tryParseCommand(catalog, exact, words, format, `${RUN_ID_PREFIX}direct-${requestId}`);
  const invocation = parsed ?? findNamedInvocation(catalog, words);
  const runId = getRunId(invocation);
  return {
    invocation,
    ...(parsed !== undefined && exact ? {} : { commandLine: words.map(quoteWord).join(' ') }),
    retrySafe: isReadOnlyCommand(invocation.command.path),
    unknownOutcomeRemedy: describeUnknownOutcome(catalog, invocation, false),
    responseMembers: runId === undefined ? {} : { runId },
  };
}

/** @throws ProxyProblem for what is no command of this release: MWAA would refuse it without saying why */
function tryParseCommand(
  catalog: Catalog,
  exact: boolean,
  words: readonly string[],
  format: OutputFormat,
  runId: string,
) {
  try {
    return completeInvocation(parseInvocation(catalog, words), format, runId);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (exact && (error.code === 'unknown-command' || error.code === 'empty')) {
      throw new ProxyProblem(toProblemDetails(new Problem('invalid-command', error.message)));
    }
    return undefined;
  }
}

/** The command that the first words name, without its arguments; or none. */
function findNamedInvocation({ commands }: Catalog, words: readonly string[]): Invocation {
  const path = matchCommand(commands, words)?.path ?? [];
  return { command: { path, arguments: [] }, values: new Map(), addedByProxy: new Set() };
}

/** @throws ProxyProblem in the place of a problem of the relay's own code; else the error itself */
function rethrowAsProxyProblem(error: unknown): never {
  throw error instanceof Problem ? new ProxyProblem(toProblemDetails(error)) : error;
}
