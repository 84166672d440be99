import { SCHEDULED_HEALTH_EVENT } from '../../contract/event-names.ts';

/**
 * Whether an event is that of the schedule: this exact object and nothing else. It names no caller and no command, so sending it by
 * hand achieves only a health check whose result is not returned.
 */
export const isScheduledHealthEvent = (event: object): boolean =>
  Object.keys(event).length === 1 &&
  (event as Partial<typeof SCHEDULED_HEALTH_EVENT>).scheduled === SCHEDULED_HEALTH_EVENT.scheduled;
