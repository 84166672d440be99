import { SCHEDULED_HEALTH_EVENT } from '../../contract/event-names.ts';

/**
 * Whether an event is what the schedule sends: this very object and nothing beside it. It names no caller and asks for no command,
 * so whoever sends it by hand gains a health check, whose answer goes nowhere.
 */
export const isScheduledHealthEvent = (event: object): boolean =>
  Object.keys(event).length === 1 &&
  (event as Partial<typeof SCHEDULED_HEALTH_EVENT>).scheduled === SCHEDULED_HEALTH_EVENT.scheduled;
