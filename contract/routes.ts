/** The routes of the API, shared by the functions, the API's construct, the documentation and the client. */

/** Routes of a relay, below `/environments/{name}/`, each with its method. */
export const RELAY_ROUTES = {
  cli: 'POST',
  health: 'GET',
  run: 'GET',
} as const;

/** Routes of the front, below `/environments/{name}/`, each with its method. The front also serves `GET /environments`. */
export const FRONT_ROUTES = {
  commands: 'GET',
  explain: 'POST',
} as const;

/** All routes below `/environments/{environment}/`, each with its method. */
export const ENVIRONMENT_ROUTES = { ...RELAY_ROUTES, ...FRONT_ROUTES } as const;

/**
 * Query parameters of `run`. They are not part of the path, because ids can contain slashes, and clients and API Gateway do not agree on
 * the percent-encoding of a path.
 */
export const RUN_PARAMETERS = { dagId: 'dagId', runId: 'runId' } as const;

/** First path segment of the same routes for callers with a token instead of a signature: `/oidc/environments/…`. */
export const OIDC_PATH = 'oidc';
