/** Names in the events that the functions receive from the authorizer and from the schedule. */

/** Key of the authorizer's context. Its value is JSON text: the claims `iss`, `sub`, `exp`, and those that a grant names. */
export const CLAIMS_CONTEXT_KEY = 'callerClaims';

/** The event that the schedule sends to a relay. */
export const SCHEDULED_HEALTH_EVENT = { scheduled: 'health' } as const;
