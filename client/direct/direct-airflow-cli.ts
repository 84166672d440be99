import { randomUUID } from 'node:crypto';
import type { Argument, Catalog } from '../../airflow/catalog.ts';
import { findNearestCatalog } from '../../airflow/catalogs.ts';
import { isReadOnlyCommand } from '../../airflow/command-effects.ts';
import { completeInvocation, getRunId, RUN_ID_PREFIX } from '../../airflow/complete-invocation.ts';
import { matchCommand } from '../../airflow/find-command.ts';
import type { Invocation } from '../../airflow/invocation.ts';
import { argvFromJson } from '../../airflow/json-argv.ts';
import type { OutputFormat } from '../../airflow/output-format.ts';
import { parseInvocation } from '../../airflow/parse-invocation.ts';
import { parseVersionOutput } from '../../airflow/parse-version-output.ts';
import { Refusal } from '../../airflow/refusal.ts';
import { quoteWord } from '../../airflow/render-command-line.ts';
import { createRunLookups, type RunQuery, type RunReference } from '../../airflow/run-lookup.ts';
import { DEFAULT_LIMITS } from '../../config/limits.ts';
import { Problem, toProblemDetails } from '../../contract/problem.ts';
import { COMMAND_CATALOGS } from '../../files/command-catalogs.ts';
import { describeUnknownOutcome } from '../../mwaa/cli/describe-unknown-outcome.ts';
import type { EnvironmentConnection, PreparedCommand } from '../../mwaa/cli/environment-connection.ts';
import { executeCommand } from '../../mwaa/cli/execute-command.ts';
import { createRunQuery, lookUpRun } from '../../mwaa/cli/look-up-run.ts';
import { createNoLookupProblem } from '../../mwaa/cli/no-lookup-problem.ts';
import type { SendCommand } from '../../mwaa/cli/send-command-types.ts';
import type { AirflowCli } from '../airflow-cli.ts';
import type { CommandResult, ProblemDetails, RunState } from '../library/api-types.ts';
import { ProxyProblem } from '../library/proxy-problem.ts';
import type { ArgvElement, RunOptions } from '../library/request-command.ts';
import { SettingsError } from '../library/settings-error.ts';
import { SETTING_VARIABLES } from '../setting-variables.ts';
import type { MwaaAddress } from '../settings.ts';
import { resolveAwsAccess } from './aws-access.ts';
import { fetchRelease } from './fetch-release.ts';
import { listEnvironments } from './list-environments.ts';
import { createMwaaConnection, type MwaaConnection, TIMEOUTS_MS } from './mwaa-connection.ts';

/**
 * Runs commands directly at MWAA, for callers inside its network. Token, POST and decoding use the code of the relay. If the
 * catalog of the release does not accept the words, they are sent as they were typed, and Airflow accepts or rejects them. Only an unknown
 * command of a release with a catalog is rejected here.
 */
export class DirectAirflowCli implements AirflowCli {
  readonly #address: MwaaAddress;
  readonly #environment: string;
  #connection: Promise<MwaaConnection> | undefined;
  #release: Promise<string> | undefined;

  /** @param environment its name in MWAA */
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
        `Idempotency keys need a proxy. Set ${SETTING_VARIABLES.url}, or trigger with --run-id, which Airflow accepts only once.`,
      );
    }
    const startedAt = Date.now();
    const context = await this.#createContext(signal);
    const { catalog, airflow } = context.environment;
    const requestId = randomUUID();
    const command = prepareCommand(catalog, catalog.airflow === airflow, argvFromJson(argv), format, requestId);
    const result = await executeCommand(context, command, {}).catch(async (error: unknown) => {
      if (signal.aborted) throw signal.reason;
      const isUnknownEnvironment = error instanceof Problem && error.code === 'no-such-environment';
      const environments = isUnknownEnvironment
        ? await listEnvironments((await this.#getConnection()).aws, signal)
        : undefined;
      return rethrowAsProxyProblem(error, environments === undefined ? {} : { environments });
    });
    return { requestId, ...result, durationMs: Date.now() - startedAt } as CommandResult;
  }

  runSplit(argv: readonly ArgvElement[], options?: RunOptions): Promise<CommandResult> {
    return this.run(argv, options);
  }

  async runState(run: RunReference, { signal = new AbortController().signal } = {}): Promise<RunState> {
    const context = await this.#createContext(signal);
    const { catalog } = context.environment;
    return lookUp(catalog, run, createRunQuery(context)).catch((error: unknown) => {
      if (signal.aborted) throw signal.reason;
      return rethrowAsProxyProblem(error);
    });
  }

  async #createContext(signal: AbortSignal): Promise<EnvironmentConnection> {
    const startedAt = Date.now();
    const { upstream, send } = await this.#getConnection();
    // Fetches the token while the release is fetched. An error is reported when the token is used.
    upstream.tokens.get(signal).catch(() => {});
    const airflow = await this.release(signal);
    const { catalog } = findNearestCatalog(COMMAND_CATALOGS, airflow);
    return {
      environment: { name: this.#environment, airflow, catalog, limits: { outputBytes: DEFAULT_LIMITS.answerBytes } },
      send,
      signal,
      timeLeftMs: () => TIMEOUTS_MS.total - (Date.now() - startedAt),
    };
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

/**
 * Runs `version` on Airflow to get its release.
 *
 * @throws ProxyProblem, SettingsError
 */
async function queryRelease(send: SendCommand, signal: AbortSignal): Promise<string> {
  const { streams } = await send({ commandLine: 'version', readOnly: true }, signal).catch((error: unknown) =>
    rethrowAsProxyProblem(error),
  );
  const release = parseVersionOutput(streams.stdout);
  if (release !== undefined) return release;
  throw new SettingsError(
    `The output of Airflow's version command has no release. Set ${SETTING_VARIABLES.airflowVersion} to the release, as in 2.10.3.`,
  );
}

/**
 * Parses a command and completes it like the proxy. The words are sent as they were typed if the release has no catalog, or if the
 * catalog does not accept them.
 */
function prepareCommand(
  catalog: Catalog,
  exact: boolean,
  argv: readonly string[],
  format: OutputFormat,
  requestId: string,
): PreparedCommand {
  const parsed = tryParseCommand(catalog, exact, argv, format, `${RUN_ID_PREFIX}direct-${requestId}`);
  const invocation = parsed ?? createBareInvocation(catalog, argv);
  const runId = getRunId(invocation);
  return {
    invocation,
    ...(parsed !== undefined && exact ? {} : { commandLine: argv.map(quoteWord).join(' ') }),
    retrySafe: isReadOnlyCommand(invocation.command.path),
    unknownOutcomeRemedy: describeUnknownOutcome(catalog, invocation, false),
    responseMembers: runId === undefined ? {} : { runId },
  };
}

/**
 * Returns undefined if the catalog does not accept the arguments.
 *
 * @throws ProxyProblem for an unknown command of an exactly known release: MWAA would reject it without a reason
 */
function tryParseCommand(
  catalog: Catalog,
  exact: boolean,
  argv: readonly string[],
  format: OutputFormat,
  runId: string,
): Invocation | undefined {
  try {
    return completeInvocation(parseInvocation(catalog, argv), format, runId);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (exact && (error.code === 'unknown-command' || error.code === 'empty')) {
      throw new ProxyProblem(toProblemDetails(new Problem('invalid-command', error.message)));
    }
    return undefined;
  }
}

/**
 * Looks a run up in the best way. There are no grants without a proxy.
 *
 * @throws ProxyProblem, Problem
 */
async function lookUp(catalog: Catalog, run: RunReference, query: RunQuery): Promise<RunState> {
  const [lookup] = createRunLookups(catalog, run, new Date().toISOString());
  if (lookup === undefined) throw createNoLookupProblem(catalog.airflow);
  return lookUpRun(lookup, run, query);
}

/** An invocation of the command that the first words name, with all other words. Its path is empty if they name none. */
function createBareInvocation({ commands }: Catalog, argv: readonly string[]): Invocation {
  const path = matchCommand(commands, argv)?.path ?? [];
  const words: Argument = { dest: 'words', arity: '*' };
  return {
    command: { path, arguments: [words] },
    values: new Map([[words, argv.slice(path.length)]]),
    addedByProxy: new Set(),
  };
}

/** @throws ProxyProblem for a problem of the relay's code; any other error unchanged */
function rethrowAsProxyProblem(error: unknown, members: Pick<ProblemDetails, 'environments'> = {}): never {
  if (error instanceof Refusal) return rethrowAsProxyProblem(new Problem('invalid-command', error.message));
  throw error instanceof Problem ? new ProxyProblem({ ...toProblemDetails(error), ...members }) : error;
}
