import { RUN_ID_PREFIX } from '../../airflow/complete-invocation.ts';
import { NOTE_TEXTS } from '../../airflow/note-texts.ts';
import { quoteWord } from '../../airflow/render-command-line.ts';
import { splitCommandLine } from '../../airflow/split-command-line.ts';
import type { VerdictNote } from '../../airflow/verdict.ts';
import { QUIET_KINDS, QUIET_NOTES } from '../airflow/print-streams.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import type {
  CommandResult,
  ProblemDetails,
  RunState,
  SplitCommandResult,
  StreamMessage,
} from '../library/api-types.ts';
import { MwaaCliProxyClient } from '../library/mwaa-cli-proxy-client.ts';
import { ProxyProblem } from '../library/proxy-problem.ts';
import { requestSplitCommand } from '../library/request-command.ts';
import type { ProxyAddress } from '../library/request-json.ts';
import { sendHttpRequest } from '../library/send-http-request.ts';
import { TRANSIENT_PROBLEMS } from '../library/wait-rules.ts';
import { WaitTimeoutError } from '../library/wait-timeout-error.ts';
import { formatDuration } from '../mwaa/duration.ts';
import { formatTaskLogsCommand } from '../mwaa/wait/format-task-logs-command.ts';
import { WAIT_EXIT_CODES } from '../mwaa/wait/wait-exit-codes.ts';
import type { Cancellation } from './cancellation.ts';
import { keepEnd } from './code-blocks.ts';
import { type DescribedFailure, describeFailure, TOKEN_PROBLEMS } from './describe-failure.ts';
import { findFailedTasks } from './find-failed-tasks.ts';
import { readClaims } from './github-token.ts';
import type { Pipeline, StepFailure } from './pipeline.ts';
import { readInputs, type StepInputs } from './read-inputs.ts';

/** Like a run id that the proxy makes. No run has it. */
const EXAMPLE_RUN_ID = `${RUN_ID_PREFIX}request-00000000-0000-0000-0000-000000000000`;

/** After an unknown outcome the command may still be running in MWAA, and create the run this much later. */
const APPEARANCE_TIMEOUT_MS = 300_000;

/** How long reading the failed tasks may take. The verdict is known before. */
const FAILED_TASKS_TIMEOUT_MS = 120_000;

/** A retried job starts at most this many runs, one after the other. */
const MAX_KEYS = 20;

const MAX_PRINTED_CHARACTERS = 60_000;

/** The end of a step: its exit code. */
export async function runStep(
  pipeline: Pipeline,
  variables: NodeJS.ProcessEnv,
  cancellation: Cancellation,
): Promise<number> {
  let inputs: StepInputs;
  try {
    inputs = readInputs((name) => pipeline.getInput(name), variables);
  } catch (error) {
    const proxy = { url: '', token: async () => '' };
    const failure = describeFailure(error, { url: '', environment: '', proxy }, false);
    pipeline.setOutputs({ outcome: 'not-run' });
    pipeline.reportFailure({ ...failure, facts: new Map() });
    return failure.exitCode;
  }
  return new Step(pipeline, inputs, cancellation).run();
}

type Result = CommandResult | SplitCommandResult;

/** One command, and the wait for its run. */
class Step {
  readonly #pipeline: Pipeline;
  readonly #inputs: StepInputs;
  readonly #cancellation: Cancellation;
  readonly #proxy: ProxyAddress;
  readonly #client: MwaaCliProxyClient;
  readonly #facts = new Map<string, string>();
  #token = '';
  /** How often a command was sent, listings of tasks and states not included. */
  #sent = 0;
  #dagId: string | undefined;
  #key: string | undefined;

  constructor(pipeline: Pipeline, inputs: StepInputs, cancellation: Cancellation) {
    this.#pipeline = pipeline;
    this.#inputs = inputs;
    this.#cancellation = cancellation;
    this.#proxy = {
      url: inputs.url,
      // Every request has a new token: it expires within minutes, and a run can take hours.
      token: async () => {
        this.#token = await pipeline.getToken(cancellation.signal);
        return this.#token;
      },
      send: (address, init) => {
        if (address.pathname.endsWith('/cli')) this.#sent += 1;
        return sendHttpRequest(address, init);
      },
    };
    this.#client = new MwaaCliProxyClient(this.#proxy, inputs.environment);
    this.#facts.set('Environment', inputs.environment);
    this.#facts.set('Command', inputs.argv.map(quoteWord).join(' '));
  }

  async run(): Promise<number> {
    const { wait } = this.#inputs;
    let result: Result | undefined;
    let failure: DescribedFailure | undefined;
    let problem: ProxyProblem | undefined;
    let runId: string | undefined;
    try {
      if (wait) await this.#checkRunIsWaitable();
      result = await this.#send();
      runId = result.runId;
    } catch (error) {
      failure = this.#describe(error);
      problem = error instanceof ProxyProblem ? error : undefined;
      // A problem of a request that was made to prepare the wait is about another run.
      runId = this.#sent > 0 ? problem?.problem.runId : undefined;
    }
    const outcome = failure?.outcome ?? result!.outcome;
    this.#pipeline.setOutputs({
      outcome,
      'run-id': runId ?? '',
      problem: problem?.code ?? '',
      ...(result === undefined ? {} : { output: getAnswer(result) }),
    });
    if (runId !== undefined) this.#facts.set('Run', runId);
    if (result !== undefined) this.#printResult(result);

    const isUnknownRun = failure?.exitCode === EXIT_CODES.unknown && runId !== undefined;
    if (wait && this.#dagId !== undefined && runId !== undefined && !this.#cancellation.isRequested) {
      if (isUnknownRun) this.#pipeline.print(`It is unknown whether the run was created: looking for ${runId}.`);
      if (failure === undefined || isUnknownRun) return this.#wait(runId, result, isUnknownRun);
    }
    if (failure !== undefined) return this.#fail(failure, { printed: getPrinted(problem?.problem) });
    if (outcome === 'failed') {
      return this.#fail({
        exitCode: EXIT_CODES.failed,
        outcome,
        title: 'The command failed',
        message: `Airflow exited with 1: ${result!.evidence}.`,
      });
    }
    if (!this.#cancellation.isRequested) return EXIT_CODES.ok;
    return this.#fail({
      exitCode: EXIT_CODES.interrupted,
      outcome,
      title: 'Cancelled',
      message: `The step was cancelled. The command has ended: ${outcome}.${runId === undefined ? '' : ` The run ${runId} continues.`}`,
    });
  }

  /** Checks before a trigger that its run can be polled: with a run that does not exist, on the way that each poll takes. */
  async #checkRunIsWaitable(): Promise<void> {
    const { signal } = this.#cancellation;
    const explanation = await this.#client.explain(this.#inputs.argv, { signal });
    if (!explanation.allowed) throw createRefusal(explanation.refusal);
    // In the canonical form of a trigger, the DAG is the last word.
    const dagId = splitCommandLine(explanation.commandLine).at(-1)!;
    this.#dagId = dagId;
    this.#facts.set('DAG', dagId);
    try {
      await this.#client.runState(dagId, EXAMPLE_RUN_ID, { signal, onWait: this.#onWait });
    } catch (error) {
      if (!(error instanceof ProxyProblem)) throw error;
      const { code, problem } = error;
      if (code === 'run-not-found' || TRANSIENT_PROBLEMS.has(code)) return;
      const detail = `The trigger was not sent, because its run could not be polled. ${problem.detail}`;
      throw new ProxyProblem({ ...problem, detail }, true);
    }
  }

  async #send(): Promise<Result> {
    const { argv, isTrigger, environment, idempotencyKey } = this.#inputs;
    // Airflow does not accept two runs with the id that the command chooses.
    const choosesRunId = argv.some((word) => /^(?:--run[-_]id(?:=|$)|-r)/.test(word));
    const key = idempotencyKey ?? (isTrigger && !choosesRunId ? this.#pipeline.createKey() : undefined);
    for (let count = 1; ; count++) {
      this.#key = key === undefined || count === 1 ? key : `${key}/${count}`;
      if (this.#key !== undefined) this.#facts.set('Idempotency key', this.#key);
      const sentBefore = this.#sent;
      const options = {
        signal: this.#cancellation.signal,
        onWait: this.#onWait,
        ...(this.#key === undefined ? {} : { idempotencyKey: this.#key }),
      };
      const result = await this.#cancellation.whileSending(() =>
        requestSplitCommand(this.#proxy, environment, argv, options),
      );
      // The run of an earlier attempt of this job has failed, so this attempt is for another run. After a repeat within this attempt,
      // the run is its own.
      const isFromEarlierAttempt = result.replayed === true && this.#sent === sentBefore + 1;
      const isFollowed =
        this.#pipeline.isRetriedWithSameKey && idempotencyKey === undefined && count < MAX_KEYS && isFromEarlierAttempt;
      if (!isFollowed || getReplayedState(result) !== 'failed') return result;
      this.#pipeline.print(`The run ${result.runId} of an earlier attempt has failed: starting a new one.`);
    }
  }

  readonly #onWait = (): void => this.#pipeline.print('Waiting for a free slot of the environment …');

  #printResult(result: Result): void {
    const { outcome, runId, replayed, notes = [] } = result;
    const run =
      runId === undefined
        ? ''
        : `, run ${runId}${replayed ? ' (an earlier request with the same key started it)' : ''}`;
    this.#pipeline.print(`Airflow: ${outcome}${run}`);
    const messages = 'messages' in result && !replayed ? result.messages : [];
    const shown = messages.filter(({ kind }) => outcome === 'failed' || !QUIET_KINDS.includes(kind));
    const text = [getAnswer(result), ...shown.map((message) => message.text.trimEnd())].join('\n');
    if (text.trim() !== '') this.#pipeline.print(keepEnd(text, MAX_PRINTED_CHARACTERS));
    for (const note of notes) {
      if (!QUIET_NOTES.includes(note)) this.#pipeline.warn(NOTE_TEXTS[note as VerdictNote] ?? note);
    }
    if (outcome === 'unverified')
      this.#pipeline.print(
        'Airflow printed nothing that shows whether the command succeeded: the outcome is unverified.',
      );
  }

  /** @param isUnknown the run may not exist */
  async #wait(runId: string, result: Result | undefined, isUnknown: boolean): Promise<number> {
    const { timeoutMs, intervalMs } = this.#inputs;
    const dagId = this.#dagId!;
    const setState = (state: string) => this.#pipeline.setOutputs({ 'run-state': state });
    let last = '';
    const printChange = (text: string) => {
      if (text !== last) this.#pipeline.print(text);
      last = text;
    };
    const startedAt = performance.now();
    try {
      const run = await this.#client.wait(dagId, runId, {
        timeoutMs,
        intervalMs,
        appearanceTimeoutMs: isUnknown ? APPEARANCE_TIMEOUT_MS : 0,
        signal: this.#cancellation.signal,
        onState: (state) => printChange(`Run ${runId}: ${state}`),
        onTransientError: (text) => printChange(`Run ${runId}: state unknown, will retry. ${text}`),
      });
      setState(run.state);
      // The run shows that the trigger succeeded.
      if (isUnknown) this.#pipeline.setOutputs({ outcome: 'succeeded', problem: '' });
      const duration = formatDuration(performance.now() - startedAt);
      if (run.state === 'success') {
        this.#pipeline.print(`Run ${runId}: success after ${duration}`);
        return EXIT_CODES.ok;
      }
      return await this.#failRun(runId, run, result, duration);
    } catch (error) {
      const state = error instanceof WaitTimeoutError ? error.state : undefined;
      if (state !== undefined) setState(state);
      return this.#fail(this.#describeWaitFailure(error, runId, isUnknown));
    }
  }

  async #failRun(runId: string, run: RunState, result: Result | undefined, duration: string): Promise<number> {
    const dagId = this.#dagId!;
    const { environment } = this.#inputs;
    const version = result?.airflowVersion ?? (await this.#findRelease());
    const timeout = AbortSignal.timeout(FAILED_TASKS_TIMEOUT_MS);
    const signal = AbortSignal.any([this.#cancellation.signal, timeout]);
    const { tasks, note, startedAt } = await findFailedTasks(
      async (argv) => {
        const answer = await requestSplitCommand(this.#proxy, environment, argv, { signal });
        return answer;
      },
      version,
      dagId,
      runId,
    ).catch(() => ({ tasks: [], note: 'The failed tasks could not be read in time.', startedAt: undefined }));
    const logs = formatTaskLogsCommand(environment, { airflow: version } as never, {
      dagId,
      runId,
      startedAt: run.startedAt ?? startedAt,
      taskId: tasks.length === 1 ? tasks[0]!.taskId : undefined,
    });
    const replayed = result?.replayed
      ? ' An earlier request with the same key started this run. For a new run, set another idempotency-key.'
      : '';
    return this.#fail(
      {
        exitCode: EXIT_CODES.failed,
        outcome: 'succeeded',
        title: 'The DAG run failed',
        message: `${runId} of ${dagId} failed after ${duration}.${replayed}`,
      },
      {
        failedTasks: tasks,
        taskNote: [
          ...(note === undefined ? [] : [note]),
          `The task logs are in CloudWatch Logs (if ${environment} is also the name of the environment in MWAA):\n${logs}`,
        ].join('\n'),
      },
    );
  }

  async #findRelease(): Promise<string> {
    const environments = await this.#client.environments(this.#cancellation.signal);
    return environments.find(({ name }) => name === this.#inputs.environment)?.airflowVersion ?? '2.2';
  }

  #describeWaitFailure(error: unknown, runId: string, isUnknown: boolean): DescribedFailure {
    const common = { outcome: isUnknown ? 'unknown' : 'succeeded' } as const;
    const continues = `The run continues: ${runId}.`;
    if (this.#cancellation.isRequested)
      return {
        ...common,
        exitCode: EXIT_CODES.interrupted,
        title: 'Cancelled',
        message: `The step no longer waits. ${continues}`,
      };
    if (error instanceof WaitTimeoutError)
      return {
        ...common,
        exitCode: WAIT_EXIT_CODES.timedOut,
        title: 'The DAG run has not finished',
        message: `${error.message} The run continues. If it is queued: its DAG is paused, or other runs are ahead of it.`,
      };
    if (error instanceof ProxyProblem && error.code === 'run-not-found')
      return {
        ...common,
        exitCode: WAIT_EXIT_CODES.noRun,
        title: isUnknown ? 'The run was not created' : 'The run no longer exists',
        message: error.problem.detail,
      };
    const { exitCode, message } = this.#describe(error);
    return { ...common, exitCode, title: 'The state of the run is not known', message: `${message} ${continues}` };
  }

  #describe(error: unknown): DescribedFailure {
    const { url, environment } = this.#inputs;
    const isSent = this.#sent > 0;
    if (this.#cancellation.signal.aborted && !(error instanceof ProxyProblem && error.code !== 'busy')) {
      const ran = isSent && !(error instanceof ProxyProblem);
      const advice = this.#key === undefined ? '' : this.#formatKeyAdvice();
      return ran
        ? {
            exitCode: EXIT_CODES.interrupted,
            outcome: 'unknown',
            title: 'Cancelled, and it is unknown whether the command ran',
            message: `The step was cancelled while the command was on its way. It may still run: check in Airflow before you send it again.${advice}`,
          }
        : {
            exitCode: EXIT_CODES.interrupted,
            outcome: 'not-run',
            title: 'Cancelled',
            message: 'The step was cancelled before the command was sent. It did not run.',
          };
    }
    const failure = describeFailure(error, { url, environment, proxy: this.#proxy }, isSent);
    const details = [
      failure.message,
      ...(error instanceof ProxyProblem && TOKEN_PROBLEMS.includes(error.code)
        ? [this.#describeToken(error.problem)]
        : []),
      ...(failure.outcome === 'unknown' && this.#key !== undefined ? [this.#formatKeyAdvice().trim()] : []),
    ];
    return { ...failure, message: details.join(' ') };
  }

  #formatKeyAdvice(): string {
    const { isRetriedWithSameKey } = this.#pipeline;
    return isRetriedWithSameKey
      ? ` Or retry the job: it has the same key, so it starts no second run. Key: ${this.#key}`
      : ` Or run the job again with this key as the input idempotency-key: then it starts no second run. Without it, it can. Key: ${this.#key}`;
  }

  #describeToken(problem: ProblemDetails & { issuer?: unknown; audience?: unknown }): string {
    const { iss, aud, sub } = readClaims(this.#token);
    const expected =
      problem.issuer === undefined
        ? ''
        : ` The API accepts tokens of ${problem.issuer} for ${JSON.stringify(problem.audience)}.`;
    return `The token of this job is of ${iss} for ${JSON.stringify(aud)}, with the subject ${sub}.${expected}`;
  }

  #fail(failure: DescribedFailure, more: Partial<StepFailure> = {}): number {
    this.#pipeline.reportFailure({ title: failure.title, message: failure.message, facts: this.#facts, ...more });
    return failure.exitCode;
  }
}

/**
 * What the command was run for. A relay of an older version returns the streams. If an earlier request has started the run, the proxy has
 * looked it up, and Airflow's answer to this request says only that it exists.
 */
function getAnswer(result: Result): string {
  if (result.replayed) return JSON.stringify(result.output);
  return ('answer' in result ? result.answer : result.stdout).replace(/\r?\n$/, '');
}

/** The state of the run that an earlier request has started. */
const getReplayedState = ({ output }: Result): unknown =>
  Array.isArray(output) ? (output[0] as { state?: unknown } | undefined)?.state : undefined;

interface PrintedProblem {
  readonly answer?: string;
  readonly messages?: readonly StreamMessage[];
}

/** What Airflow printed before a problem. */
function getPrinted(problem: (ProblemDetails & PrintedProblem) | undefined): string | undefined {
  if (problem === undefined) return undefined;
  const { answer, messages = [], stdout, stderr } = problem;
  const texts = [answer ?? stdout ?? '', ...messages.map(({ text }) => text), stderr ?? ''];
  const text = texts
    .map((part) => part.trimEnd())
    .filter((part) => part !== '')
    .join('\n');
  return text === '' ? undefined : keepEnd(text, MAX_PRINTED_CHARACTERS);
}

const createRefusal = ({ code, detail }: { readonly code: string; readonly detail: string }): ProxyProblem => {
  const type = code === 'not-granted' ? 'not-granted' : 'invalid-command';
  return new ProxyProblem({ type: `urn:mwaa-cli-proxy:problem:${type}`, title: detail, status: 403, detail }, true);
};
