import { parseJsonObject } from '../../library/parse-json.ts';
import type { ReceivedResponse } from '../../library/send-http-request.ts';

/** A response of the API, parsed as far as possible. */
export interface ApiResponse {
  readonly status: number;
  readonly headers: ReceivedResponse['headers'];
  readonly text: string;
  /** The JSON object in the body. Empty if the body is anything else. */
  readonly body: Readonly<Record<string, unknown>>;
  /** The code of the proxy's problem, as in `docs/api.md`. Undefined for other responses. */
  readonly code: string | undefined;
  /** The error type and the message of API Gateway or of a function. */
  readonly errorText: string;
}

export async function readApiResponse(
  response: Pick<ReceivedResponse, 'status' | 'headers' | 'text'>,
): Promise<ApiResponse> {
  const { status, headers } = response;
  const text = await response.text();
  const body = parseJsonObject(text) ?? {};
  const code = /^urn:mwaa-cli-proxy:problem:(.+)$/.exec(stringOrEmpty(body.type))?.[1];
  const errorType = headers.get('x-amzn-errortype') ?? '';
  const errorText = `${errorType} ${stringOrEmpty(body.detail ?? body.message ?? body.Message)}`.trim();
  return { status, headers, text, body, code, errorText };
}

/** A list in the body, or an empty list. */
export const getListMember = ({ body }: ApiResponse, member: string): readonly Readonly<Record<string, unknown>>[] => {
  const list = body[member];
  return Array.isArray(list) ? list : [];
};

export const stringOrEmpty = (value: unknown): string => (typeof value === 'string' ? value : '');
