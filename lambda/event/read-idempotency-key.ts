import type { APIGatewayProxyEvent } from 'aws-lambda';
import { Problem } from '../../contract/problem.ts';
import { getHeaderValues } from './get-header-values.ts';

/** @throws Problem `malformed-request` for more than one key, or one with unusual characters */
export function readIdempotencyKey(event: APIGatewayProxyEvent): string | undefined {
  const keys = getHeaderValues(event, 'idempotency-key');
  const [key] = keys;
  if (keys.length > 1 || (key !== undefined && !/^[\x21-\x7e]{1,255}$/.test(key))) {
    throw new Problem('malformed-request', 'Idempotency-Key must be one value of 1 to 255 visible ASCII characters.');
  }
  return key;
}
