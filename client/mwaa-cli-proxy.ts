import type { Credentials } from './credentials.ts';
import { signedFetch } from './signed-fetch.ts';

/** The answer to a command. See `docs/api.md`. */
export interface CommandAnswer {
  readonly requestId: string;
  readonly environment: string;
  readonly airflowVersion: string;
  readonly command: readonly string[];
  readonly runId?: string;
  /** `failed`: an answer that comes with exit status 1, as a list of import errors does. */
  readonly outcome: 'succeeded' | 'unverified' | 'failed';
  readonly evidence: string;
  readonly notes: readonly string[];
  readonly output: unknown;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
}

/** A problem as the API tells it (RFC 9457). The members after `requestId` depend on its type. */
export interface ProblemDetails {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly requestId?: string;
  readonly retrySafe?: boolean;
  readonly stdout?: string;
  readonly stderr?: string;
}

export type Answer =
  | { readonly ok: true; readonly answer: CommandAnswer }
  | { readonly ok: false; readonly problem: ProblemDetails };

export interface ProxyAddress {
  /** Address of the API with its stage. */
  readonly url: string;
  readonly environment: string;
  readonly region: string;
  readonly credentials: Credentials;
}

/**
 * Runs one command through the proxy.
 *
 * @param argv words of the command, without the leading `airflow`
 * @throws TypeError when the API cannot be reached
 */
export async function runCommand(
  proxy: ProxyAddress,
  argv: readonly string[],
  format: 'json' | 'raw',
  signal?: AbortSignal,
): Promise<Answer> {
  const address = new URL(`${proxy.url.replace(/\/+$/, '')}/environments/${encodeURIComponent(proxy.environment)}/cli`);
  const body = JSON.stringify({ argv, format });
  const response = await signedFetch(address, body, proxy.credentials, proxy.region, signal ? { signal } : {});
  const text = await response.text();
  if (response.ok) return { ok: true, answer: JSON.parse(text) as CommandAnswer };
  return { ok: false, problem: problemIn(text, response.status) };
}

/** The problem in an answer; a body that is none (a proxy on the way, another service) becomes one. */
function problemIn(text: string, status: number): ProblemDetails {
  try {
    const problem = JSON.parse(text) as ProblemDetails;
    if (typeof problem.type === 'string' && typeof problem.detail === 'string') return problem;
  } catch {
    // Not JSON: told below.
  }
  const detail = `The answer (HTTP ${status}) is not the proxy's: is MWAA_CLI_PROXY_URL its address?`;
  return { type: 'about:blank', title: 'Unexpected answer', status, detail };
}
