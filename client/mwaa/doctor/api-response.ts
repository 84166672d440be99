import type { ReceivedResponse } from '../../library/send-http-request.ts';
/** An answer as it came, and what is read in it. */
export interface ApiResponse {
  readonly status: number;
  readonly headers: ReceivedResponse['headers'];
  readonly text: string;
  /** Members of the JSON object that it is; none where it is none. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Of a problem of the proxy's: its code, as in `docs/api.md`. */
  readonly code: string | undefined;
  /** What API Gateway or a function says of it, its own name for it first. */
  readonly errorText: string;
}

export async function readApiResponse(
  response: Pick<ReceivedResponse, 'status' | 'headers' | 'text'>,
): Promise<ApiResponse> {
  const text = await response.text();
  const body = parseBody(text);
  const code = /^urn:mwaa-cli-proxy:problem:(.+)$/.exec(stringOrEmpty(body.type))?.[1];
  const names = response.headers.get('x-amzn-errortype') ?? '';
  return {
    ...{ status: response.status, headers: response.headers, text, body, code },
    errorText: `${names} ${stringOrEmpty(body.detail ?? body.message ?? body.Message)}`.trim(),
  };
}

/** The list in a member of an answer, or none. */
export const getListMember = ({ body }: ApiResponse, member: string): readonly Readonly<Record<string, unknown>>[] => {
  const list = body[member];
  return Array.isArray(list) ? list : [];
};

export const stringOrEmpty = (value: unknown): string => (typeof value === 'string' ? value : '');

function parseBody(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
}
