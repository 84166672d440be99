import type { RestResponse } from '../../contract/relay-request.ts';

/** The response of a relay. `body` is JSON text as the relay wrote it. */
export interface ReceivedRelayResponse {
  readonly status: number;
  readonly result: string;
  readonly retryAfterSeconds?: number;
  readonly body: Uint8Array;
}

const HEAD = /^\{"status":(\d{3}),"result":"([a-z-]*)",(?:"retryAfterSeconds":(\d+(?:\.\d+)?),)?"body":(?=\{)/;
/** Longer than every head. */
const MAX_HEAD_LENGTH = 200;

/**
 * Reads the payload of a relay's response: a `RelayResponse` as JSON. The body is cut out and not parsed: parsing would change large
 * numbers, and takes time for large outputs.
 *
 * @returns undefined for anything else
 */
export function readRelayResponse(payload: Uint8Array): ReceivedRelayResponse | undefined {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  const [head, status, result = '', retryAfter] = HEAD.exec(bytes.toString('latin1', 0, MAX_HEAD_LENGTH)) ?? [];
  if (head === undefined || bytes.at(-1) !== CLOSING_BRACE || bytes.at(-2) !== CLOSING_BRACE) return undefined;
  return {
    status: Number(status),
    result,
    ...(retryAfter === undefined ? {} : { retryAfterSeconds: Number(retryAfter) }),
    body: bytes.subarray(head.length, -1),
  };
}

/**
 * Reads the payload of an answer of Airflow that a REST relay passes on: a `RestResponse` as JSON.
 *
 * @returns undefined for anything else, such as a problem
 */
export function readRestResponse(payload: Uint8Array): RestResponse | undefined {
  try {
    const value: Partial<RestResponse> = JSON.parse(Buffer.from(payload).toString('utf8'));
    const { status, result, contentType, text } = value;
    const isComplete = typeof status === 'number' && typeof contentType === 'string' && typeof text === 'string';
    return isComplete && (result === 'answered' || result === 'replayed')
      ? { status, result, contentType, text }
      : undefined;
  } catch {
    return undefined;
  }
}

const CLOSING_BRACE = '}'.charCodeAt(0);
