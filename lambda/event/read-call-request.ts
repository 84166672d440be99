import type { APIGatewayProxyEvent } from 'aws-lambda';
import { truncateForMessage } from '../../airflow/refusal.ts';
import { Problem } from '../../contract/problem.ts';
import type { RelayRestCall } from '../../contract/relay-request.ts';
import { MAX_CALL_BODY_BYTES } from './body-limits.ts';
import { getHeaderValues } from './get-header-values.ts';
import { readIdempotencyKey } from './read-idempotency-key.ts';
import { decodeUtf8 } from './read-request-body.ts';

/**
 * Reads a request for the REST API. Headers other than the content type and the idempotency key have no meaning: they are not sent.
 *
 * @param method and path, of the route
 * @throws Problem `malformed-request`, `unsupported-media-type`, `request-too-large`
 */
export function readCallRequest(
  event: APIGatewayProxyEvent,
  { method, path }: { readonly method: string; readonly path: string },
): Omit<RelayRestCall, 'receivedAt'> {
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > MAX_CALL_BODY_BYTES) {
    const detail = `The request body has ${bytes.length} bytes. Request bodies are limited to ${MAX_CALL_BODY_BYTES} bytes.`;
    throw new Problem('request-too-large', detail);
  }
  if (bytes.length > 0) checkContentType(getHeaderValues(event, 'content-type'));
  const idempotencyKey = readIdempotencyKey(event);
  return {
    kind: 'call',
    method,
    path,
    query: readQuery(event),
    ...(bytes.length === 0 ? {} : { body: decodeUtf8(bytes) }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  };
}

function readQuery({ multiValueQueryStringParameters }: APIGatewayProxyEvent): [name: string, value: string][] {
  return Object.entries(multiValueQueryStringParameters ?? {}).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => {
      // API Gateway replaces bytes that are not UTF-8.
      if (`${name}${value}`.includes('\ufffd')) throw new Problem('malformed-request', 'The query is not valid UTF-8.');
      return [name, value];
    }),
  );
}

/** Airflow 3.0 reads a body without a content type as JSON, and so does the proxy. */
function checkContentType(values: readonly string[]): void {
  const [contentType = 'application/json', ...others] = values;
  const type = contentType.toLowerCase().split(';')[0]!.trim();
  if (others.length > 0) throw new Problem('malformed-request', 'Send one Content-Type header.');
  if (type === 'application/json' && !/charset\s*=\s*"?(?!utf-?8\b)/i.test(contentType)) return;
  const detail = `The content type ${truncateForMessage(contentType)} is not supported. Use application/json in UTF-8.`;
  throw new Problem('unsupported-media-type', detail);
}
