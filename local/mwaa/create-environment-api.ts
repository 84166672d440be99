import type { IncomingMessage, RequestListener } from 'node:http';
import { readBody } from '../read-body.ts';
import type { CallerAuthorization, MwaaCaller } from './caller-authorization.ts';
import type { Journal } from './journal.ts';
import {
  type AwsError,
  decodePathParameter,
  sendAwsError,
  sendOperationResult,
  UNKNOWN_OPERATION,
} from './rest-json-protocol.ts';

/** The description of an environment that `GetEnvironment` returns. */
export type EnvironmentDescription = Readonly<Record<string, unknown>>;

export interface EnvironmentApiOptions<P extends MwaaCaller> extends CallerAuthorization<P> {
  readonly region: string;
  readonly account: string;
  readonly environments: ReadonlyMap<string, { readonly description: EnvironmentDescription }>;
  readonly journal: Journal;
  now(): number;
}

const ENVIRONMENTS_ROUTE = /^\/environments(?:\/([^/]+))?$/;

/** The maximum of `MaxResults` (SDK model), and its default (assumed). */
const MAX_PAGE_SIZE = 25;

/** Host name of the API that lists and describes environments (SDK model: host prefix `api.`). */
export function formatEnvironmentApiHostname(region: string): string {
  return `api.airflow.${region}.amazonaws.com`;
}

/**
 * `ListEnvironments`, `GET /environments` with pages by `NextToken`, and `GetEnvironment`, `GET /environments/{Name}` (SDK model). Both
 * are signed. The permission to list is checked on `*`, the permission to describe on the environment's ARN (service authorization
 * reference). The order of the checks is assumed, as for tokens.
 */
export function createEnvironmentApi<P extends MwaaCaller>(api: EnvironmentApiOptions<P>): RequestListener {
  return async (request, response) => {
    const [rawPath = '', rawQuery = ''] = (request.url ?? '').split(/\?(.*)/s);
    const route = ENVIRONMENTS_ROUTE.exec(rawPath);
    if (request.method !== 'GET' || route === null) return sendAwsError(response, UNKNOWN_OPERATION);
    const environment = decodePathParameter(route[1] ?? '');
    const entry: Journal[number] = { at: api.now(), kind: 'environments', environment, path: rawPath, status: null };
    api.journal.push(entry);
    return sendOperationResult(response, { entry, now: api.now() }, () =>
      runEnvironmentOperation(api, request, { environment, rawPath, rawQuery }),
    );
  };
}

type EnvironmentApiResult =
  | AwsError
  | { Environment: EnvironmentDescription }
  | { Environments: string[]; NextToken?: string };

async function runEnvironmentOperation<P extends MwaaCaller>(
  api: EnvironmentApiOptions<P>,
  request: IncomingMessage,
  { environment, rawPath, rawQuery }: { environment: string; rawPath: string; rawQuery: string },
): Promise<EnvironmentApiResult> {
  const body = await readBody(request);
  const caller = await api.verifySignature({ method: 'GET', rawPath, rawQuery, headers: request.headers, body });
  if (!caller.ok) return { status: caller.status, code: caller.code, message: caller.message };
  const [action, resource] = environment
    ? ['airflow:GetEnvironment', `arn:aws:airflow:${api.region}:${api.account}:environment/${environment}`]
    : ['airflow:ListEnvironments', '*'];
  if (!(await api.isAllowed(caller.principal, action as string, resource as string))) {
    const message = `User: ${caller.principal.arn} is not authorized to perform: ${action} on resource: ${resource}`;
    return { status: 403, code: 'AccessDeniedException', message };
  }
  if (!environment) return createListPage([...api.environments.keys()], new URLSearchParams(rawQuery));
  const description = api.environments.get(environment)?.description;
  if (description) return { Environment: description };
  return { status: 404, code: 'ResourceNotFoundException', message: `No such environment: ${environment}` };
}

/** Returns a page of names. The token is the index at which the next page starts. */
function createListPage(names: readonly string[], query: URLSearchParams): EnvironmentApiResult {
  const size = Number(query.get('MaxResults') ?? MAX_PAGE_SIZE);
  const start = Number(query.get('NextToken') ?? 0);
  if (!Number.isInteger(size) || size < 1 || size > MAX_PAGE_SIZE || !Number.isInteger(start)) {
    return { status: 400, code: 'ValidationException', message: 'MaxResults or NextToken is not valid.' };
  }
  const end = start + size;
  return { Environments: names.slice(start, end), ...(end < names.length && { NextToken: String(end) }) };
}

export interface DescribeEnvironmentInput {
  readonly region: string;
  readonly account: string;
  readonly name: string;
  readonly hostname: string;
  readonly release: string;
}

/**
 * Describes an available environment with a private web server. Members are those of the SDK's model, ids are invented. The ARN of a log
 * group contains no region (reported, from published responses).
 */
export function describeEnvironment({
  region,
  account,
  name,
  hostname,
  release,
}: DescribeEnvironmentInput): EnvironmentDescription {
  const createLogSettings = (component: string) => ({
    CloudWatchLogGroupArn: `arn:aws:logs::${account}:log-group:airflow-${name}-${component}`,
    Enabled: true,
    LogLevel: 'INFO',
  });
  return {
    Name: name,
    Arn: `arn:aws:airflow:${region}:${account}:environment/${name}`,
    Status: 'AVAILABLE',
    AirflowVersion: release,
    EndpointManagement: 'SERVICE',
    WebserverAccessMode: 'PRIVATE_ONLY',
    WebserverUrl: hostname,
    NetworkConfiguration: {
      SubnetIds: ['subnet-0a1b2c3d4e5f60001', 'subnet-0a1b2c3d4e5f60002'],
      SecurityGroupIds: ['sg-0a1b2c3d4e5f60001'],
    },
    LoggingConfiguration: {
      DagProcessingLogs: createLogSettings('DAGProcessing'),
      SchedulerLogs: createLogSettings('Scheduler'),
      TaskLogs: createLogSettings('Task'),
      WebserverLogs: createLogSettings('WebServer'),
      WorkerLogs: createLogSettings('Worker'),
    },
  };
}
