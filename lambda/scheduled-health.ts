import { SCHEDULED_HEALTH } from './names.ts';

/**
 * Whether an event is what the schedule sends: this very object and nothing beside it. It names no caller and asks for no command,
 * so whoever sends it by hand gains a health check, whose answer goes nowhere.
 */
export const isScheduledHealth = (event: object): boolean =>
  Object.keys(event).length === 1 &&
  (event as Partial<typeof SCHEDULED_HEALTH>).scheduled === SCHEDULED_HEALTH.scheduled;
