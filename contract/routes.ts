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
 * Route of Airflow's REST API, below `/environments/{environment}/`: any method, and the path of an operation after it, such as
 * `api/v1/dags`.
 */
export const REST_ROUTE = 'api';

/** The path parameter of that route, which contains slashes. */
export const REST_PATH_PARAMETER = 'path';

/** The methods of Airflow's operations. API Gateway's `ANY` has others, too. */
export const REST_METHODS = ['DELETE', 'GET', 'PATCH', 'POST', 'PUT'] as const;

/** What log lines have in place of a route for a command of a deployment. The API has no such route. */
export const DEPLOYMENT_ROUTE = 'deployment';

/** The routes that need a relay, and thus wait for a slot. */
export const QUEUED_ROUTES: ReadonlySet<string> = new Set([...Object.keys(RELAY_ROUTES), REST_ROUTE, DEPLOYMENT_ROUTE]);

/**
 * Query parameters of `run`. They are not part of the path, because ids can contain slashes, and clients and API Gateway do not agree on
 * the percent-encoding of a path.
 */
export const RUN_PARAMETERS = { dagId: 'dagId', runId: 'runId' } as const;

/** First path segment of the same routes for callers with a token instead of a signature: `/oidc/environments/…`. */
export const OIDC_PATH = 'oidc';
