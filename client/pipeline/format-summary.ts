import { formatCodeBlock, formatCodeSpan, keepEnd } from './code-blocks.ts';
import type { StepFailure } from './pipeline.ts';

const MAX_PRINTED_CHARACTERS = 20_000;
const MAX_LISTED_TASKS = 50;

/** A failure as Markdown, far below GitHub's limit of 1 MiB for the summary of a step. Text of others is only in code. */
export function formatSummary({ title, message, facts, failedTasks = [], taskNote, printed }: StepFailure): string {
  const more = failedTasks.length - MAX_LISTED_TASKS;
  return [
    `### Airflow: ${title}`,
    formatCodeBlock(message),
    [...facts].map(([name, value]) => `- ${name}: ${formatCodeSpan(value)}`).join('\n'),
    ...(failedTasks.length === 0
      ? []
      : [
          `**Failed tasks**`,
          failedTasks
            .slice(0, MAX_LISTED_TASKS)
            .map(
              ({ taskId, state }) =>
                `- ${formatCodeSpan(taskId)}${state === 'failed' ? '' : ` (${formatCodeSpan(state)})`}`,
            )
            .concat(more > 0 ? [`- and ${more} more`] : [])
            .join('\n'),
        ]),
    ...(taskNote ? [formatCodeBlock(taskNote)] : []),
    ...(printed ? ['What Airflow printed:', formatCodeBlock(keepEnd(printed, MAX_PRINTED_CHARACTERS))] : []),
    '',
  ].join('\n\n');
}
