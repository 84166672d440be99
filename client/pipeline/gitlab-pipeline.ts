import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { escapeInvisible } from '../../airflow/escape-text.ts';
import { SettingsError } from '../library/settings-error.ts';
import { toVisibleLines } from './code-blocks.ts';
import { countUse, joinKey, requireVariable } from './create-key.ts';
import { formatJUnitReport } from './format-junit-report.ts';
import type { Pipeline, StepFailure, StepOutputs } from './pipeline.ts';

/** The files that a job leaves behind, in its working directory. The template of the component declares them as artifacts. */
export const GITLAB_FILES = {
  variables: 'airflow-step.env',
  report: 'airflow-step.xml',
  output: 'airflow-step-output',
};

export const GITLAB_TOKEN_VARIABLE = 'MWAA_CLI_PROXY_TOKEN';

const MISSING_TOKEN =
  `${GITLAB_TOKEN_VARIABLE} is not set. Let GitLab issue it, with "id_tokens: { ${GITLAB_TOKEN_VARIABLE}: { aud: mwaa-cli-proxy } }" ` +
  'in the job.';

/** A job of GitLab CI/CD. Its inputs are variables such as `AIRFLOW_STEP_COMMAND`. */
export function createGitLabPipeline(
  variables: NodeJS.ProcessEnv,
  write: (text: string) => void,
  folder = '.',
): Pipeline {
  let outputs: Partial<StepOutputs> = {};
  // The log of GitLab shows colors and sections, which begin with a control character.
  const print = (text: string) => write(`${toVisibleLines(text).replace(/\n+$/, '')}\n`);
  return {
    getInput: (name) => variables[`AIRFLOW_STEP_${name.toUpperCase().replaceAll('-', '_')}`] ?? '',
    print,
    // A job cannot tell GitLab what to mask.
    mask: () => {},
    warn: (text) => print(`WARNING: ${text}`),
    // Each attempt of a job has its own CI_JOB_ID, also one that GitLab starts by itself ("retry").
    isRetriedWithSameKey: true,
    async getToken() {
      const token = variables[GITLAB_TOKEN_VARIABLE];
      if (!token) throw new SettingsError(MISSING_TOKEN);
      return token;
    },
    createKey() {
      const names = ['CI_SERVER_HOST', 'CI_PROJECT_ID', 'CI_PIPELINE_ID', 'CI_JOB_NAME', 'CI_JOB_ID'];
      const values = names.map((name) => requireVariable(variables, name, 'AIRFLOW_STEP_IDEMPOTENCY_KEY'));
      // The job id is another one in each attempt, and each attempt counts anew.
      return joinKey(['gitlab', ...values.slice(0, -1), String(countUse(folder, values.join('/')))]);
    },
    setOutputs(changed) {
      outputs = { ...outputs, ...changed };
      const lines = Object.entries(outputs).flatMap(([name, value]) =>
        name === 'output' ? [] : [`AIRFLOW_${name.toUpperCase().replaceAll('-', '_')}=${escapeInvisible(value)}\n`],
      );
      writeFileSync(join(folder, GITLAB_FILES.variables), lines.join(''));
      if (changed.output !== undefined) writeFileSync(join(folder, GITLAB_FILES.output), changed.output);
      writeFileSync(join(folder, GITLAB_FILES.report), formatJUnitReport());
    },
    reportFailure(failure) {
      print(formatFailure(failure));
      writeFileSync(join(folder, GITLAB_FILES.report), formatJUnitReport(failure));
    },
  };
}

function formatFailure({ title, message, facts, failedTasks = [], taskNote, printed }: StepFailure): string {
  return [
    ...(printed ? [printed] : []),
    `ERROR: ${title}: ${message}`,
    ...[...facts].map(([name, value]) => `${name}: ${value}`),
    ...(failedTasks.length === 0
      ? []
      : [`Failed tasks: ${failedTasks.map(({ taskId }) => escapeInvisible(taskId)).join(', ')}`]),
    ...(taskNote ? [taskNote] : []),
  ].join('\n');
}
