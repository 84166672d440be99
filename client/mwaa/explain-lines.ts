import { createInterface } from 'node:readline';
import { argvFromJson } from '../../airflow/json-argv.ts';
import { parseJsonKeepingNumbers } from '../../airflow/parse-json.ts';
import { Refusal } from '../../airflow/refusal.ts';
import type { DecisionExplanation } from '../../policy/explain-decision.ts';
import type { Terminal } from '../terminal.ts';

const FLUSH_LENGTH = 64 * 1024;

/**
 * Explains one command per line of standard input and prints one JSON object per line, in the same order. A line that is not a JSON
 * array of words gets a refusal.
 *
 * @returns the exit code 0
 */
export async function explainLines(
  terminal: Terminal,
  explain: (argv: string[]) => DecisionExplanation,
): Promise<number> {
  let pending = '';
  for await (const line of createInterface({ input: terminal.stdin(), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() === '') continue;
    pending += `${JSON.stringify(explainLine(line, explain))}\n`;
    if (pending.length > FLUSH_LENGTH) {
      terminal.stdout(pending);
      pending = '';
    }
  }
  terminal.stdout(pending);
  return 0;
}

function explainLine(line: string, explain: (argv: string[]) => DecisionExplanation): DecisionExplanation {
  try {
    const argv = parseJsonKeepingNumbers(line);
    if (Array.isArray(argv)) return explain(argvFromJson(argv));
  } catch (error) {
    if (error instanceof Refusal) return { allowed: false, refusal: { code: error.code, detail: error.message } };
    if (!(error instanceof SyntaxError)) throw error;
  }
  const detail = `The line is not a JSON array of words: ${line.slice(0, 60)}`;
  return { allowed: false, refusal: { code: 'unreadable', detail } };
}
