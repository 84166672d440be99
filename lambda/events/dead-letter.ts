/** Why an event cannot succeed. */
export interface DeadLetterReason {
  /** A code of `docs/api.md`, or `too-old`. */
  readonly problem: string;
  /** A sentence for people. */
  readonly detail: string;
  /** As in the log. */
  readonly requestId: string;
  /** The name of the event in the configuration. */
  readonly event: string;
}

/** SQS limits a message with its attributes to 1 MiB. A message of EventBridge has less, but not by much. */
const MAX_MESSAGE_BYTES = 1024 * 1024;
const MAX_DETAIL_LENGTH = 2000;
/** Names, types, and the values other than the detail. */
const OTHER_BYTES = 2000;

/** The attributes of a message in a dead-letter queue. Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
export function createDeadLetterAttributes(body: string, reason: DeadLetterReason): Record<string, string> {
  const { detail, ...others } = reason;
  const text = toAttributeText(detail)
    .slice(0, MAX_DETAIL_LENGTH)
    .replace(/[\ud800-\udbff]$/, '');
  const fits = Buffer.byteLength(body) + Buffer.byteLength(text) + OTHER_BYTES <= MAX_MESSAGE_BYTES;
  const attributes = { ...others, ...(fits && { detail: text }) };
  // SQS rejects an attribute without a value.
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== ''));
}

/** Replaces what SQS does not accept in a text: most control characters, lone surrogates, and two others. */
const toAttributeText = (text: string): string =>
  text.toWellFormed().replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd');
