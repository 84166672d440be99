import type { IncomingMessage, RequestListener } from 'node:http';
import { readBody } from './http.ts';
import type { Journal } from './journal.ts';
import { type AwsRefusal, answer, decoded, NO_SUCH_OPERATION, refuse } from './rest-json.ts';
import type { SignedRequest, Verification } from './token-api.ts';

/** What is answered about one environment, as `GetEnvironment` has it. */
export type EnvironmentAnswer = Readonly<Record<string, unknown>>;

/** What the control API is given: the environments, and who decides about callers. */
export interface EnvironmentApi<P extends { readonly arn: string }> {
  readonly region: string;
  readonly account: string;
  readonly environments: ReadonlyMap<string, { readonly described: EnvironmentAnswer }>;
  readonly journal: Journal;
  now(): number;
  /** Checks Signature Version 4 for the signing name `airflow`. */
  verify(request: SignedRequest): Promise<Verification<P>>;
  isAllowed(principal: P, action: string, resource: string): boolean | Promise<boolean>;
}

const ROUTE = /^\/environments(?:\/([^/]+))?$/;

/** `MaxResults` at most (SDK model), and where it is left out (assumed). */
const LARGEST_PAGE = 25;

/** The DNS name that environments are listed and described at (SDK model: host prefix `api.`). */
export function environmentApiHostname(region: string): string {
  return `api.airflow.${region}.amazonaws.com`;
}

/**
 * `ListEnvironments`, `GET /environments`, in pages by `NextToken`; and `GetEnvironment`, `GET /environments/{Name}` (SDK model).
 * Both are signed. A list is permitted on `*`, an environment on its ARN (service authorization reference). The order of
 * refusals is assumed, as for tokens.
 */
export function environmentApi<P extends { readonly arn: string }>(api: EnvironmentApi<P>): RequestListener {
  return async (request, response) => {
    const [rawPath = '', rawQuery = ''] = (request.url ?? '').split(/\?(.*)/s);
    const route = ROUTE.exec(rawPath);
    if (request.method !== 'GET' || route === null) return refuse(response, NO_SUCH_OPERATION);
    const environment = decoded(route[1] ?? '');
    const entry: Journal[number] = { at: api.now(), kind: 'environments', environment, path: rawPath, status: null };
    api.journal.push(entry);
    return answer(response, { entry, now: api.now() }, () =>
      environmentOrList(api, request, { environment, rawPath, rawQuery }),
    );
  };
}

type Outcome = AwsRefusal | { Environment: EnvironmentAnswer } | { Environments: string[]; NextToken?: string };

async function environmentOrList<P extends { readonly arn: string }>(
  api: EnvironmentApi<P>,
  request: IncomingMessage,
  { environment, rawPath, rawQuery }: { environment: string; rawPath: string; rawQuery: string },
): Promise<Outcome> {
  const body = await readBody(request);
  const caller = await api.verify({ method: 'GET', rawPath, rawQuery, headers: request.headers, body });
  if (!caller.ok) return { status: caller.status, code: caller.code, message: caller.message };
  const [action, resource] = environment
    ? ['airflow:GetEnvironment', `arn:aws:airflow:${api.region}:${api.account}:environment/${environment}`]
    : ['airflow:ListEnvironments', '*'];
  if (!(await api.isAllowed(caller.principal, action as string, resource as string))) {
    const message = `User: ${caller.principal.arn} is not authorized to perform: ${action} on resource: ${resource}`;
    return { status: 403, code: 'AccessDeniedException', message };
  }
  if (!environment) return page([...api.environments.keys()], new URLSearchParams(rawQuery));
  const found = api.environments.get(environment);
  if (found) return { Environment: found.described };
  return { status: 404, code: 'ResourceNotFoundException', message: `No such environment: ${environment}` };
}

/** A page of names. The token is the place where the next one begins. */
function page(names: readonly string[], query: URLSearchParams): Outcome {
  const size = Number(query.get('MaxResults') ?? LARGEST_PAGE);
  const start = Number(query.get('NextToken') ?? 0);
  if (!Number.isInteger(size) || size < 1 || size > LARGEST_PAGE || !Number.isInteger(start)) {
    return { status: 400, code: 'ValidationException', message: 'MaxResults or NextToken is not valid.' };
  }
  const end = start + size;
  return { Environments: names.slice(start, end), ...(end < names.length && { NextToken: String(end) }) };
}

/** What there is to know of an environment to describe it. */
export interface Described {
  readonly region: string;
  readonly account: string;
  readonly name: string;
  readonly hostname: string;
  readonly release: string;
}

/**
 * An available environment with a private web server. Members are those of the SDK's model; ids are made up. That the ARN of
 * a log group names no region is reported, from answers that were published.
 */
export function described({ region, account, name, hostname, release }: Described): EnvironmentAnswer {
  const logs = (component: string) => ({
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
      DagProcessingLogs: logs('DAGProcessing'),
      SchedulerLogs: logs('Scheduler'),
      TaskLogs: logs('Task'),
      WebserverLogs: logs('WebServer'),
      WorkerLogs: logs('Worker'),
    },
  };
}
