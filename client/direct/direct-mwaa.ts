import { randomUUID } from 'node:crypto';
import type { Catalogue } from '../../airflow/catalogue.ts';
import { complete, type Format, RUN_ID_PREFIX, runIdOf } from '../../airflow/complete.ts';
import { commandNamed } from '../../airflow/find-command.ts';
import type { Invocation } from '../../airflow/invocation.ts';
import { wordsOf } from '../../airflow/json-words.ts';
import { parse } from '../../airflow/parse.ts';
import { printedRelease } from '../../airflow/printed.ts';
import { Refusal } from '../../airflow/refusal.ts';
import { quote } from '../../airflow/render.ts';
import { carryOut, isRead, type ReadyCommand } from '../../lambda/mwaa/carry-out.ts';
import type { SendCommand } from '../../lambda/mwaa/send-command.ts';
import { whereToLook } from '../../lambda/mwaa/where-to-look.ts';
import { Problem, problemDetails } from '../../lambda/problem.ts';
import { catalogueNear } from '../../lib/config/catalogues.ts';
import { LIMITS } from '../../lib/config/limits.ts';
import type { AirflowCli } from '../airflow-cli.ts';
import type { CommandAnswer } from '../library/answers.ts';
import { ProxyProblem, type RunOptions, type Word } from '../library/mwaa-cli-proxy.ts';
import { type MwaaAddress, SettingsFault, VARIABLES } from '../settings.ts';
import { awsAccess } from './aws-access.ts';
import { releaseInMwaa } from './release-in-mwaa.ts';
import { MS, type WayToMwaa, wayToMwaa } from './way-to-mwaa.ts';

/**
 * Airflow's command line at MWAA itself, for callers inside the network: token, post, decode, by the relay's own code. What the
 * release's command tree does not know is sent as it was typed: Airflow is to judge it.
 */
export class DirectMwaa implements AirflowCli {
  readonly #address: MwaaAddress;
  readonly #environment: string;
  #opened: Promise<WayToMwaa> | undefined;
  #release: Promise<string> | undefined;

  /** @param environment as MWAA calls it */
  constructor(address: MwaaAddress, environment: string) {
    this.#address = address;
    this.#environment = environment;
  }

  async run(
    argv: readonly Word[],
    { format = 'json', idempotencyKey, signal = new AbortController().signal }: RunOptions = {},
  ): Promise<CommandAnswer> {
    if (idempotencyKey !== undefined) {
      throw new SettingsFault(
        `A key for one run is kept by a proxy: give the trigger a --run-id, or set ${VARIABLES.url}.`,
      );
    }
    const startedAt = Date.now();
    const { upstream, send } = await this.#open();
    // MWAA is asked for both at once. Who waits for the token is told what became of it.
    upstream.tokens.get(signal).catch(() => {});
    const airflow = await this.release(signal);
    const { catalogue, exact } = catalogueNear(airflow);
    const requestId = randomUUID();
    const command = ready(catalogue, exact, wordsOf(argv), format, requestId);
    const way = {
      environment: { name: this.#environment, airflow, catalogue, limits: { outputBytes: LIMITS.answerBytes } },
      send,
      signal,
      timeLeftMs: () => MS.whole - (Date.now() - startedAt),
    };
    const result = await carryOut(way, command, {}).catch((error: unknown) => {
      if (signal.aborted) throw signal.reason;
      return rethrown(error);
    });
    return { requestId, ...result, durationMs: Date.now() - startedAt } as CommandAnswer;
  }

  release(signal = new AbortController().signal): Promise<string> {
    const { airflowVersion } = this.#address;
    this.#release ??= airflowVersion === undefined ? this.#ask(signal) : Promise.resolve(airflowVersion);
    return this.#release;
  }

  async #ask(signal: AbortSignal): Promise<string> {
    const { aws, send } = await this.#open();
    return (await releaseInMwaa(aws, this.#environment, signal)) ?? releaseThatAnswers(send, signal);
  }

  #open(): Promise<WayToMwaa> {
    this.#opened ??= this.#way();
    return this.#opened;
  }

  async #way(): Promise<WayToMwaa> {
    return wayToMwaa(this.#address, this.#environment, await awsAccess(this.#address));
  }
}

/** @throws ProxyProblem */
async function releaseThatAnswers(send: SendCommand, signal: AbortSignal): Promise<string> {
  const { streams } = await send({ line: 'version', repeatable: true }, signal).catch(rethrown);
  const found = printedRelease(streams.stdout);
  if (found !== undefined) return found;
  throw new SettingsFault(`Airflow did not tell its version: set ${VARIABLES.airflowVersion} to it, as in 2.10.3.`);
}

/**
 * The command as it is sent: from the parsed one, completed as the proxy does; as it was typed, where this release's command tree
 * does not know it, or is not at hand.
 */
function ready(
  catalogue: Catalogue,
  exact: boolean,
  words: readonly string[],
  format: Format,
  requestId: string,
): ReadyCommand {
  const parsed = parsedOrNot(catalogue, exact, words, format, `${RUN_ID_PREFIX}direct-${requestId}`);
  const invocation = parsed ?? namedBy(catalogue, words);
  const runId = runIdOf(invocation);
  return {
    invocation,
    ...(parsed !== undefined && exact ? {} : { line: words.map(quote).join(' ') }),
    retrySafe: isRead(invocation),
    look: whereToLook(catalogue, invocation, false),
    members: runId === undefined ? {} : { runId },
  };
}

/** @throws ProxyProblem for what is no command of this release: MWAA would refuse it without saying why */
function parsedOrNot(catalogue: Catalogue, exact: boolean, words: readonly string[], format: Format, runId: string) {
  try {
    return complete(parse(catalogue, words), format, runId);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (exact && (error.code === 'unknown-command' || error.code === 'empty')) {
      throw new ProxyProblem(problemDetails(new Problem('invalid-command', error.message)));
    }
    return undefined;
  }
}

/** The command that the first words name, without its arguments; or none. */
function namedBy({ commands }: Catalogue, words: readonly string[]): Invocation {
  const path = commandNamed(commands, words)?.path ?? [];
  return { command: { path, arguments: [] }, values: new Map(), added: new Set() };
}

/** @throws ProxyProblem in the place of a problem of the relay's own code; else the error itself */
function rethrown(error: unknown): never {
  throw error instanceof Problem ? new ProxyProblem(problemDetails(error)) : error;
}
