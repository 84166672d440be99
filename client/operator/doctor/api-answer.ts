import type { HttpAnswer } from '../../library/http-answer.ts';
/** An answer as it came, and what is read in it. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: HttpAnswer['headers'];
  readonly text: string;
  /** Members of the JSON object that it is; none where it is none. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Of a problem of the proxy's: its code, as in `docs/api.md`. */
  readonly code: string | undefined;
  /** What API Gateway or a function says of it, its own name for it first. */
  readonly says: string;
}

export async function answerIn(response: Pick<HttpAnswer, 'status' | 'headers' | 'text'>): Promise<ApiAnswer> {
  const text = await response.text();
  const body = objectIn(text);
  const code = /^urn:mwaa-cli-proxy:problem:(.+)$/.exec(textOf(body.type))?.[1];
  const names = response.headers.get('x-amzn-errortype') ?? '';
  return {
    ...{ status: response.status, headers: response.headers, text, body, code },
    says: `${names} ${textOf(body.detail ?? body.message ?? body.Message)}`.trim(),
  };
}

/** The list in a member of an answer, or none. */
export const listIn = ({ body }: ApiAnswer, member: string): readonly Readonly<Record<string, unknown>>[] => {
  const list = body[member];
  return Array.isArray(list) ? list : [];
};

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function objectIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
}
