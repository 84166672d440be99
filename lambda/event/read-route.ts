import type { APIGatewayProxyEvent } from 'aws-lambda';
import { Problem } from '../../contract/problem.ts';
import { ENVIRONMENT_ROUTES, OIDC_PATH, REST_METHODS, REST_PATH_PARAMETER, REST_ROUTE } from '../../contract/routes.ts';
import { getHeaderValues } from './get-header-values.ts';

export type EnvironmentRoute = keyof typeof ENVIRONMENT_ROUTES;

/** What a request asks for: the list of environments, or a route of one environment. */
export type Route =
  | { readonly name: 'environments' }
  | { readonly name: EnvironmentRoute; readonly environment: string }
  | { readonly name: typeof REST_ROUTE; readonly environment: string; readonly method: string; readonly path: string };

const RESOURCE = new RegExp(
  `^(?:/${OIDC_PATH})?/environments(?:/\\{environment\\}/(\\w+)(/\\{${REST_PATH_PARAMETER}\\+\\})?)?$`,
);

/**
 * Reads the route of a request. IAM policies of callers name paths and methods. Therefore the path must spell the environment and the
 * route as they are, without percent-encoding, and the method must be the one that API Gateway authorized: API Gateway lets the header
 * `X-HTTP-Method-Override` change it (source: API Gateway, "Known issues").
 *
 * @throws Problem `not-found`; `malformed-request` for an overridden method
 */
export function readRoute(event: APIGatewayProxyEvent): Route {
  const route = parseRoute(event);
  if (!event.path.endsWith(formatPath(route))) throw createNotFoundProblem();
  const methods = listMethods(route);
  const { httpMethod } = event;
  const isOverridden = getHeaderValues(event, 'x-http-method-override').length > 0;
  if (isOverridden || !methods.includes(httpMethod) || event.requestContext.httpMethod !== httpMethod) {
    const detail = `Send this request with the method ${methods.join(', ')}, without overriding it.`;
    throw new Problem('malformed-request', detail);
  }
  return route;
}

function parseRoute({ resource, pathParameters, httpMethod }: APIGatewayProxyEvent): Route {
  const [match, name, restPath] = RESOURCE.exec(resource) ?? [];
  if (match === undefined) throw createNotFoundProblem();
  if (name === undefined) return { name: 'environments' };
  const environment = pathParameters?.environment ?? '';
  if (restPath === undefined) return { name: readRouteName(name), environment };
  if (name !== REST_ROUTE) throw createNotFoundProblem();
  // A REST API passes the value percent-encoded, as it was sent.
  const path = `/${REST_ROUTE}/${pathParameters?.[REST_PATH_PARAMETER] ?? ''}`;
  return { name, environment, method: httpMethod, path };
}

function formatPath(route: Route): string {
  if (route.name === 'environments') return '/environments';
  return `/environments/${route.environment}${route.name === REST_ROUTE ? route.path : `/${route.name}`}`;
}

function listMethods({ name }: Route): readonly string[] {
  if (name === 'environments') return ['GET'];
  return name === REST_ROUTE ? REST_METHODS : [ENVIRONMENT_ROUTES[name]];
}

function readRouteName(name: string): EnvironmentRoute {
  if (!Object.hasOwn(ENVIRONMENT_ROUTES, name)) throw createNotFoundProblem();
  return name as EnvironmentRoute;
}

const createNotFoundProblem = (): Problem =>
  new Problem('not-found', 'This API has no such path. Check its spelling, without percent-encoding.');
