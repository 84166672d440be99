import { createInterface } from 'node:readline';
import { argvFromJson } from '../../airflow/json-argv.ts';
import { isJsonObject, parseJsonKeepingNumbers } from '../../airflow/parse-json.ts';
import { Refusal } from '../../airflow/refusal.ts';
import type { DecisionExplanation } from '../../policy/explain-decision.ts';
import type { Terminal } from '../terminal.ts';
import type { RestExplanation, WrittenRequest } from './explain/explain-rest.ts';

const FLUSH_LENGTH = 64 * 1024;

type Explanation = DecisionExplanation | RestExplanation;

export interface LineExplainer {
  explainCommand(argv: string[]): Explanation;
  explainRequest(request: WrittenRequest): Explanation;
}

/**
 * Explains one command or request per line of standard input and prints one JSON object per line, in the same order. A line that is
 * neither gets a refusal.
 *
 * @returns the exit code 0
 */
export async function explainLines(terminal: Terminal, explain: LineExplainer): Promise<number> {
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

function explainLine(line: string, explain: LineExplainer): Explanation {
  try {
    const value = parseJsonKeepingNumbers(line);
    if (Array.isArray(value)) return explain.explainCommand(argvFromJson(value));
    const request = readWrittenRequest(value);
    if (request !== undefined) return explain.explainRequest(request);
  } catch (error) {
    if (error instanceof Refusal) return { allowed: false, refusal: { code: error.code, detail: error.message } };
    if (!(error instanceof SyntaxError)) throw error;
  }
  const detail = `The line is neither a JSON array of words nor {"rest": "METHOD PATH", "body": …}: ${line.slice(0, 60)}`;
  return { allowed: false, refusal: { code: 'unreadable', detail } };
}

function readWrittenRequest(value: unknown): WrittenRequest | undefined {
  if (!isJsonObject(value)) return undefined;
  const { rest, body, ...others } = value;
  if (typeof rest !== 'string' || Object.keys(others).length > 0) return undefined;
  return { rest, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
}
