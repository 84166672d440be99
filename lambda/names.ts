/**
 * The names on which a function and its construct must agree. It imports nothing, and
 * is one of the few files of this room that `lib/` may import.
 */

/** Environment variables of a relay function. */
export const RELAY_VARIABLES = {
  /** Id of the REST API whose events the function trusts. */
  apiId: 'API_ID',
  /** Stage of that API. */
  apiStage: 'API_STAGE',
} as const;

/** Where the relay's code stands in its bundle and what it exports, as Lambda's `Handler` setting wants it. */
export const RELAY_HANDLER = 'relay.handler';

/** Bundled code: ES module, one file. */
export const RELAY_BUNDLE_FILE = 'relay.mjs';

/** Beside the code: the one environment the function serves, as JSON (`environment-file.ts`). */
export const RELAY_ENVIRONMENT_FILE = 'environment.json';

/** What a relay answers: `/environments/{name}/` and the path, by its one method. */
export const RELAY_ROUTES = {
  cli: 'POST',
  health: 'GET',
} as const;

export type RelayMethod = (typeof RELAY_ROUTES)[keyof typeof RELAY_ROUTES];
