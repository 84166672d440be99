/** What came back from a command: both streams as text. `returncode` is reported by one public client and not documented. */
export interface CliStreams {
  readonly stdout: string;
  readonly stderr: string;
  readonly returncode?: number;
}

/**
 * Reads MWAA's answer: a JSON object whose `stdout` and `stderr` are base64 of the streams, either of them possibly null.
 * Bytes that are no UTF-8 become U+FFFD. Source: https://docs.aws.amazon.com/mwaa/latest/userguide/call-mwaa-apis-cli.html
 *
 * @returns undefined when the text is not such an answer
 */
export function decodeStreams(body: string): CliStreams | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof answer !== 'object' || answer === null || !('stdout' in answer) || !('stderr' in answer)) return undefined;
  const stdout = decodeBase64(answer.stdout);
  const stderr = decodeBase64(answer.stderr);
  if (stdout === undefined || stderr === undefined) return undefined;
  const returncode = 'returncode' in answer ? answer.returncode : null;
  if (returncode === null) return { stdout, stderr };
  // One that cannot be read may say the opposite of what the streams look like.
  return Number.isInteger(returncode) ? { stdout, stderr, returncode: returncode as number } : undefined;
}

function decodeBase64(value: unknown): string | undefined {
  if (value === null) return '';
  if (typeof value !== 'string' || !isBase64(value)) return undefined;
  return Buffer.from(value, 'base64').toString('utf8');
}

/** In two steps, for one expression would try every space as the beginning of the end. */
function isBase64(text: string): boolean {
  const end = text.search(/[^A-Za-z0-9+/\s]/);
  return end === -1 || /^={1,2}\s*$/.test(text.slice(end));
}

/** The text without ANSI color and cursor sequences. */
export function stripAnsi(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with one
  return text.replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, '');
}
