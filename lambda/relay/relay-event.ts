import { SCHEDULED_HEALTH_EVENT } from '../../contract/event-names.ts';
import { Problem } from '../../contract/problem.ts';
import type { RelayAction, RelayRequest } from '../../contract/relay-request.ts';

/** What a relay receives: a request of the front, or the event of the schedule. */
export type RelayEvent = RelayRequest | typeof SCHEDULED_HEALTH_EVENT;

/**
 * The request of the front, or undefined for the event of the schedule.
 *
 * @param environment of this relay
 * @param kinds of the actions that this relay knows. A front of another version could send others
 * @throws Problem `untrusted-event` for anything else, and for a request to another environment
 */
export function readRelayEvent<Kind extends RelayAction['kind']>(
  event: RelayEvent,
  environment: string,
  kinds: readonly Kind[],
): RelayRequest<Extract<RelayAction, { kind: Kind }>> | undefined {
  if ('scheduled' in event && event.scheduled === SCHEDULED_HEALTH_EVENT.scheduled) return undefined;
  const request = event as RelayRequest<Extract<RelayAction, { kind: Kind }>>;
  const kind: unknown = request.action?.kind;
  if (request.environment === environment && kinds.some((known) => known === kind)) return request;
  throw createUntrustedEventProblem();
}

/** The problem for an event that did not come from the front. */
export const createUntrustedEventProblem = (): Problem =>
  new Problem('untrusted-event', 'This function accepts requests only from the front of its own API.');
