import type { APIGatewayProxyEvent } from 'aws-lambda';
import { Problem } from '../../contract/problem.ts';
import { ENVIRONMENT_ROUTES, OIDC_PATH } from '../../contract/routes.ts';
import { getHeaderValues } from './get-header-values.ts';

export type EnvironmentRoute = keyof typeof ENVIRONMENT_ROUTES;

/** What a request asks for: the list of environments, or a route of one environment. */
export type Route =
  | { readonly name: 'environments' }
  | { readonly name: EnvironmentRoute; readonly environment: string };

const RESOURCE = new RegExp(`^(?:/${OIDC_PATH})?/environments(?:/\\{environment\\}/(\\w+))?$`);

/**
 * Reads the route of a request. IAM policies of callers name paths and methods. Therefore the path must spell the environment and the
 * route as they are, without percent-encoding, and the method must be the one that API Gateway authorized: API Gateway lets the header
 * `X-HTTP-Method-Override` change it (source: API Gateway, "Known issues").
 *
 * @throws Problem `not-found`; `malformed-request` for an overridden method
 */
export function readRoute(event: APIGatewayProxyEvent): Route {
  const [match, routeName] = RESOURCE.exec(event.resource) ?? [];
  if (match === undefined) throw createNotFoundProblem();
  const route: Route =
    routeName === undefined
      ? { name: 'environments' }
      : { name: readRouteName(routeName), environment: event.pathParameters?.environment ?? '' };
  const path = route.name === 'environments' ? '/environments' : `/environments/${route.environment}/${route.name}`;
  if (!event.path.endsWith(path)) throw createNotFoundProblem();
  const method = route.name === 'environments' ? 'GET' : ENVIRONMENT_ROUTES[route.name];
  const isOverridden = getHeaderValues(event, 'x-http-method-override').length > 0;
  if (isOverridden || event.httpMethod !== method || event.requestContext.httpMethod !== method) {
    throw new Problem('malformed-request', `Send this request with the method ${method}, without overriding it.`);
  }
  return route;
}

function readRouteName(name: string): EnvironmentRoute {
  if (!Object.hasOwn(ENVIRONMENT_ROUTES, name)) throw createNotFoundProblem();
  return name as EnvironmentRoute;
}

const createNotFoundProblem = (): Problem =>
  new Problem('not-found', 'This API has no such path. Check its spelling, without percent-encoding.');
