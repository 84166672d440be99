import type { ConnectionError } from '../library/send-http-request.ts';

/** What a step gives to the steps after it. The values are texts. `docs/pipelines.md` says what they mean. */
export interface StepOutputs {
  readonly 'run-id': string;
  readonly outcome: 'succeeded' | 'failed' | 'unverified' | 'unknown' | 'not-run';
  readonly 'run-state': string;
  readonly problem: string;
  readonly output: string;
}

/** One task of a run that failed. */
export interface FailedTask {
  readonly taskId: string;
  readonly state: string;
}

/** Why a step failed, for a person. Every text may contain text of others: of Airflow, and of the authors of DAGs. */
export interface StepFailure {
  /** A few words: `The DAG run failed`. */
  readonly title: string;
  /** One line: what is wrong, and what to do. */
  readonly message: string;
  /** Names and values, such as the run id. */
  readonly facts: ReadonlyMap<string, string>;
  /** Undefined: no run failed. */
  readonly failedTasks?: readonly FailedTask[] | undefined;
  /** Why the failed tasks are not known, or how to read their logs. */
  readonly taskNote?: string | undefined;
  /** The end of what Airflow printed. */
  readonly printed?: string | undefined;
}

/** The pipeline that a step belongs to: GitHub Actions or GitLab CI/CD. */
export interface Pipeline {
  /** The value of an input. The empty string if it is not set. */
  getInput(name: string): string;
  /**
   * A new token of the job, or one that outlives the job.
   *
   * @throws SettingsError if the job cannot have one; ConnectionError if trying again may help
   */
  readonly getToken: (signal?: AbortSignal) => Promise<string>;
  /** The idempotency key of a trigger of this step, if none is set. */
  createKey(): string;
  /**
   * Whether the pipeline can send a job again by itself, so that its trigger may find the run of an earlier attempt. Then a run that has
   * failed is followed by a new one, with the next key.
   */
  readonly isRetriedWithSameKey: boolean;
  /** Prints text of others, so that it stays text. */
  print(text: string): void;
  /** Hides a text wherever the log would show it. */
  mask(text: string): void;
  warn(text: string): void;
  setOutputs(outputs: Partial<StepOutputs>): void;
  reportFailure(failure: StepFailure): void;
}

/** A reason to try again, in the words of the library. */
export type TransientError = ConnectionError;
