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

const CLOSING_BRACE = '}'.charCodeAt(0);
