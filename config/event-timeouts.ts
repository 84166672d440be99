/** How long a command of an event waits for a slot of the event relay, before its message goes back to the queue. */
export const EVENT_QUEUE_SECONDS = 60;

/** What the events function needs besides: to call SQS, and to write its log. */
export const EVENT_MARGIN_SECONDS = 20;

/** Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html, "Set the visibility timeout to at least six times" */
const VISIBILITY_FACTOR = 6;

export interface EventTimeouts {
  /** How long Lambda lets the events function run. */
  readonly functionSeconds: number;
  /** How long SQS hides a message that the events function has received. */
  readonly visibilitySeconds: number;
}

/** @param relaySeconds how long Lambda lets each event relay run */
export function resolveEventTimeouts(relaySeconds: readonly number[]): EventTimeouts {
  const functionSeconds = EVENT_QUEUE_SECONDS + EVENT_MARGIN_SECONDS + Math.max(0, ...relaySeconds);
  return { functionSeconds, visibilitySeconds: VISIBILITY_FACTOR * functionSeconds };
}
