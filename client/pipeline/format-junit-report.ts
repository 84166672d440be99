import { toVisibleLines } from './code-blocks.ts';
import type { StepFailure } from './pipeline.ts';

/**
 * A report that GitLab shows in merge requests and in the tab "Tests" of a pipeline: one failed test per failed task, or one for the
 * command.
 *
 * @param failure undefined: the step succeeded, or has not failed yet
 */
export function formatJUnitReport(failure?: StepFailure): string {
  const cases = failure === undefined ? ['  <testcase classname="airflow" name="command"/>'] : formatCases(failure);
  const failures = failure === undefined ? 0 : cases.length;
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="airflow" tests="${cases.length}" failures="${failures}">
${cases.join('\n')}
</testsuite>
`;
}

function formatCases({ title, message, failedTasks = [], taskNote, printed }: StepFailure): string[] {
  const details = escapeXml([message, taskNote, printed].filter(Boolean).join('\n'));
  const names = failedTasks.length === 0 ? ['command'] : failedTasks.map(({ taskId }) => taskId);
  return names.map(
    (name) =>
      `  <testcase classname="airflow" name="${escapeXml(name)}"><failure message="${escapeXml(title)}">${details}</failure></testcase>`,
  );
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** XML has no way to write most control characters. */
const escapeXml = (text: string): string =>
  toVisibleLines(text).replace(/[&<>"']/g, (character) => ENTITIES[character]!);
