import { randomUUID } from 'node:crypto';
import { toVisibleLines } from './code-blocks.ts';

/*
 * The commands of a GitHub workflow: lines that a step prints (docs.github.com, "Workflow commands for GitHub Actions"). The runner also
 * reads the older form `##[command]`, anywhere in a line (`ActionCommand.cs` of actions/runner).
 */

/** A command for the runner. The texts can contain anything. */
export function formatWorkflowCommand(
  name: string,
  data: string,
  properties: Readonly<Record<string, string>> = {},
): string {
  const list = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(value)}`);
  return `::${name}${list.length === 0 ? '' : ` ${list.join(',')}`}::${escapeData(data)}\n`;
}

const escapeData = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const escapeProperty = (text: string): string => escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

/** Lines in which the runner finds no commands. */
export function formatForeignText(text: string): string {
  const token = randomUUID();
  return `::stop-commands::${token}\n${toVisibleLines(text).replace(/\n+$/, '')}\n::${token}::\n`;
}

/** One entry of the file that `GITHUB_OUTPUT` names. The value cannot end the entry. */
export function formatOutput(name: string, value: string): string {
  const delimiter = `delimiter-${randomUUID()}`;
  return `${name}<<${delimiter}\n${value}\n${delimiter}\n`;
}
