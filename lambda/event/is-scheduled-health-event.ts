import { SCHEDULED_HEALTH_EVENT } from '../../contract/event-names.ts';

/**
 * Whether an event comes from the schedule: exactly this object. The event names no caller and no command, so anyone who sends it
 * directly only starts a health check, whose result is not returned.
 */
export const isScheduledHealthEvent = (event: object): boolean =>
  Object.keys(event).length === 1 &&
  (event as Partial<typeof SCHEDULED_HEALTH_EVENT>).scheduled === SCHEDULED_HEALTH_EVENT.scheduled;
