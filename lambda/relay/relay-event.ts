import { SCHEDULED_HEALTH_EVENT } from '../../contract/event-names.ts';
import { Problem } from '../../contract/problem.ts';
import type { RelayAction, RelayRequest } from '../../contract/relay-request.ts';

/** What a relay receives: a request of the front, or the event of the schedule. */
export type RelayEvent = RelayRequest | typeof SCHEDULED_HEALTH_EVENT;

const KINDS: readonly RelayAction['kind'][] = ['command', 'run', 'health'];

/**
 * The request of the front, or undefined for the event of the schedule.
 *
 * @param environment of this relay
 * @throws Problem `untrusted-event` for anything else, and for a request to another environment
 */
export function readRelayEvent(event: RelayEvent, environment: string): RelayRequest | undefined {
  if ('scheduled' in event && event.scheduled === SCHEDULED_HEALTH_EVENT.scheduled) return undefined;
  const request = event as RelayRequest;
  const kind = request.action?.kind;
  // A front of another version could send an action that this relay does not know.
  if (request.environment === environment && KINDS.includes(kind)) return request;
  throw new Problem('untrusted-event', 'This function accepts requests only from the front of its own API.');
}
