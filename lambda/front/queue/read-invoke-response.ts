import { cleanErrorName } from '../../aws/clean-error-name.ts';
import type { InvokeResult } from './invoke.ts';
import type { ReceivedResponse } from './send-request.ts';

/**
 * Reads a response of Lambda's API like the AWS SDK: a test compares both.
 * Sources: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html and
 * https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html ("Operation error serialization")
 */
export function readInvokeResponse({ statusCode, headers, body }: ReceivedResponse): InvokeResult {
  if (statusCode < 300) {
    return { kind: headers['x-amz-function-error'] === undefined ? 'response' : 'function-error', payload: body };
  }
  const members = parseMembers(body);
  // For example, a proxy responded.
  if (members instanceof Error) {
    return { kind: 'error', error: { name: 'unreadable response', status: statusCode }, cause: members };
  }
  const { code = members.Code, __type: type, Reason: reason } = members;
  const name = cleanErrorName(headers['x-amzn-errortype'] ?? code ?? type ?? 'Unknown');
  const retryAfterMs = Number(headers['retry-after'] ?? Number.NaN) * 1000;
  return {
    kind: 'error',
    error: { name, status: statusCode, ...(typeof reason === 'string' && { reason }) },
    ...(retryAfterMs > 0 && { retryAfterMs }),
    cause: new Error(String(members.message ?? members.Message ?? name)),
  };
}

function parseMembers(body: Uint8Array): Record<string, unknown> | Error {
  if (body.byteLength === 0) return {};
  try {
    const value: unknown = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch (error) {
    return error as Error;
  }
}
