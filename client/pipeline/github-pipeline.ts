import { appendFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { escapeInvisible } from '../../airflow/escape-text.ts';
import { sendHttpRequest } from '../library/send-http-request.ts';
import { toVisibleLines } from './code-blocks.ts';
import { countUse, hash, joinKey, requireVariable } from './create-key.ts';
import { formatSummary } from './format-summary.ts';
import { requestGitHubToken } from './github-token.ts';
import type { Pipeline, StepFailure, StepOutputs } from './pipeline.ts';
import { formatForeignText, formatOutput, formatWorkflowCommand } from './workflow-commands.ts';

/** GitHub's limit of an output, 1 MB, counted in UTF-16 (docs.github.com, "Workflow syntax": `jobs.<job_id>.outputs`). */
const MAX_OUTPUT_CHARACTERS = 524_288;
/** What a person reads of an annotation. */
const MAX_ANNOTATION_CHARACTERS = 4000;

/**
 * A step of GitHub Actions.
 *
 * @param variables that the runner sets for a JavaScript action
 */
export function createGitHubPipeline(variables: NodeJS.ProcessEnv, write: (text: string) => void): Pipeline {
  // The runner keeps hyphens, and replaces spaces.
  const getInput = (name: string) => variables[`INPUT_${name.toUpperCase()}`] ?? '';
  const append = (variable: string, text: string) => {
    const file = variables[variable];
    if (file) appendFileSync(file, text);
  };
  const print = (text: string) => write(formatForeignText(text));
  const warn = (text: string) =>
    write(formatWorkflowCommand('warning', cut(toVisibleLines(text)), { title: 'Airflow' }));
  const setOutput = (name: string, value: string) => append('GITHUB_OUTPUT', formatOutput(name, value));
  const mask = (text: string) => write(formatWorkflowCommand('add-mask', text));
  return {
    getInput,
    print,
    warn,
    mask,
    isRetriedWithSameKey: false,
    async getToken(signal) {
      const audience = getInput('audience') || 'mwaa-cli-proxy';
      const token = await requestGitHubToken({ variables, audience, send: sendHttpRequest, pause: pauseFor }, signal);
      mask(token);
      return token;
    },
    createKey: () => createGitHubKey(variables, getInput),
    setOutputs(outputs) {
      for (const [name, value] of Object.entries(outputs) as [keyof StepOutputs, string][]) {
        if (name === 'output') setLongOutput(value);
        else setOutput(name, value);
      }
    },
    reportFailure(failure) {
      write(formatWorkflowCommand('error', cut(formatAnnotation(failure)), { title: `Airflow: ${failure.title}` }));
      if (failure.printed) print(failure.printed);
      append('GITHUB_STEP_SUMMARY', formatSummary(failure));
    },
  };

  /** A long answer is only in a file. So is a short one, for steps that cannot know. */
  function setLongOutput(value: string): void {
    const file = join(mkdtempSync(join(variables.RUNNER_TEMP ?? tmpdir(), 'mwaa-cli-proxy-')), 'output');
    writeFileSync(file, value, { mode: 0o600 });
    setOutput('output-file', file);
    const isTooLong = value.length > MAX_OUTPUT_CHARACTERS;
    setOutput('output', isTooLong ? '' : value);
    if (!isTooLong) return;
    warn(
      `The answer is longer than GitHub's limit of 1 MB for an output. Read the file that the output "output-file" names.`,
    );
  }
}

const pauseFor = (ms: number, signal: AbortSignal) => pause(ms, undefined, { signal });

const cut = (text: string): string =>
  text.length <= MAX_ANNOTATION_CHARACTERS ? text : `${text.slice(0, MAX_ANNOTATION_CHARACTERS)} …`;

function formatAnnotation({ message, failedTasks = [], taskNote }: StepFailure): string {
  const tasks = failedTasks.map(({ taskId }) => escapeInvisible(taskId)).join(', ');
  return toVisibleLines(
    [message, ...(tasks === '' ? [] : [`Failed tasks: ${tasks}`]), ...(taskNote ? [taskNote] : [])].join('\n'),
  );
}

/**
 * Tells this step from every other one, and from itself in another attempt:
 *
 * - `GITHUB_RUN_ID` is the same for all attempts of a workflow run, `GITHUB_RUN_ATTEMPT` counts them.
 * - `GITHUB_JOB` is the same for all jobs of a matrix, and for all calls of a reusable workflow. The check run is one job in one attempt.
 *   A server that does not know it has a URL for tokens that contains the ids of the job (observed, not documented).
 * - `GITHUB_ACTION` is the same for all steps in a composite action (`CompositeActionHandler.cs` of actions/runner), so uses are counted.
 */
function createGitHubKey(variables: NodeJS.ProcessEnv, getInput: Pipeline['getInput']): string {
  const require = (name: string) => requireVariable(variables, name, 'the input idempotency-key');
  const { GITHUB_REPOSITORY_ID, GITHUB_ACTION, RUNNER_TEMP } = variables;
  const { ACTIONS_ORCHESTRATION_ID, ACTIONS_ID_TOKEN_REQUEST_URL = '' } = variables;
  const job = getInput('check-run-id') || hash(ACTIONS_ORCHESTRATION_ID || ACTIONS_ID_TOKEN_REQUEST_URL).slice(0, 16);
  const parts = [
    'github',
    // Its name, where there is no id.
    GITHUB_REPOSITORY_ID ?? require('GITHUB_REPOSITORY'),
    require('GITHUB_RUN_ID'),
    require('GITHUB_RUN_ATTEMPT'),
    require('GITHUB_JOB'),
    getInput('job-index') || '0',
    job,
    GITHUB_ACTION,
  ];
  return joinKey([...parts, String(countUse(RUNNER_TEMP ?? tmpdir(), parts.join('/')))]);
}
