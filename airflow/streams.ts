/** The decoded response to a command. `returncode` is not documented; one public client uses it. */
export interface CliStreams {
  readonly stdout: string;
  readonly stderr: string;
  readonly returncode?: number;
}

/**
 * Decodes MWAA's response: a JSON object whose `stdout` and `stderr` are base64 or null. Bytes that are not UTF-8 become U+FFFD.
 * Source: https://docs.aws.amazon.com/mwaa/latest/userguide/call-mwaa-apis-cli.html
 *
 * @returns undefined if the body is not such a response
 */
export function decodeStreams(body: string): CliStreams | undefined {
  let response: unknown;
  try {
    response = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof response !== 'object' || response === null) return undefined;
  if (!('stdout' in response) || !('stderr' in response)) return undefined;
  const stdout = decodeBase64(response.stdout);
  const stderr = decodeBase64(response.stderr);
  if (stdout === undefined || stderr === undefined) return undefined;
  const returncode = 'returncode' in response ? response.returncode : null;
  if (returncode === null) return { stdout, stderr };
  // An unreadable return code could contradict what the streams show, so the whole response is rejected.
  return Number.isInteger(returncode) ? { stdout, stderr, returncode: returncode as number } : undefined;
}

function decodeBase64(value: unknown): string | undefined {
  if (value === null) return '';
  if (typeof value !== 'string' || !isBase64(value)) return undefined;
  return Buffer.from(value, 'base64').toString('utf8');
}

/** Checks in two steps, because a single expression would backtrack at every space. */
function isBase64(text: string): boolean {
  const end = text.search(/[^A-Za-z0-9+/\s]/);
  return end === -1 || /^={1,2}\s*$/.test(text.slice(end));
}

/** Removes ANSI color and cursor sequences. */
export function stripAnsi(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with a control character
  return text.replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, '');
}
