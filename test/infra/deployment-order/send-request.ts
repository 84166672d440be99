import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { FrontFile } from '../../../config/front-file.ts';
import type { RelayFile } from '../../../config/relay-file.ts';
import { CLAIMS_CONTEXT_KEY } from '../../../contract/event-names.ts';
import { FRONT_FUNCTION, RELAY_FUNCTION } from '../../../contract/function-names.ts';
import { Problem } from '../../../contract/problem.ts';
import { PROBLEM_TYPES, type ProblemCode } from '../../../contract/problem-types.ts';
import type { RelayRequest } from '../../../contract/relay-request.ts';
import { CATALOGS } from '../../../files/catalogs.ts';
import { createFrontHandler } from '../../../lambda/front/create-front-handler.ts';
import { createFrontEnvironments } from '../../../lambda/front/front-environments.ts';
import type { LoggedContext } from '../../../lambda/front/log-requests.ts';
import { createRelayHandler } from '../../../lambda/relay/create-relay-handler.ts';
import { compilePolicy } from '../../../policy/compile-policy.ts';
import { createTestRelay } from '../../unit/lambda/relay-fixture.ts';
import { encodeStreams } from '../../unit/mwaa/cli-responses.ts';
import type { DeployedFunction, Moment } from './play-update.ts';

export interface TestRequest {
  readonly environment: string;
  readonly command: string;
  /** The session of a role, or the claims of a token. */
  readonly caller: { readonly arn: string } | { readonly claims: Readonly<Record<string, unknown>> };
  /** API Gateway has cached the answer of the authorizer for this token. */
  readonly isTokenCached?: boolean;
}

/** Sends a command to what exists at a moment. Returns the status with the outcome, or with the name of the problem. */
export async function sendRequest(moment: Moment, request: TestRequest): Promise<string> {
  const { environment, command, caller, isTokenCached = false } = request;
  const prefix = 'claims' in caller ? '/oidc' : '';
  const route = `POST ${prefix}/environments/{environment}/cli`;
  const method = moment.methods.find((candidate) => candidate.route === route);
  if (method === undefined) return describe('not-signed');
  const { functionId, authorizerId } = method;
  if (authorizerId !== undefined && !isTokenCached && !mayInvoke(API_GATEWAY, moment.functions.get(authorizerId))) {
    return describe('authorizer-failed');
  }
  const front = moment.functions.get(functionId);
  if (front === undefined || !mayInvoke(API_GATEWAY, front)) return describe('gateway-error');
  const file = readJson<FrontFile>(front.folder, FRONT_FUNCTION.dataFile);
  const handle = createFrontHandler({
    ...file,
    environments: createFrontEnvironments(file, {
      readCatalog: (release) => CATALOGS.read(release),
      readOperations: (release) => CATALOGS.readOperations(release)!,
    }),
    now: Date.now,
    invokeRelay: async ({ functionName }, createPayload) => {
      const relay = moment.functions.get(functionName);
      if (relay === undefined) throw new Problem('relay-unavailable', 'The relay does not exist. Nothing was run.');
      return Buffer.from(JSON.stringify(await invokeRelay(relay.folder, JSON.parse(createPayload(0)))));
    },
  });
  const event = {
    resource: `${prefix}/environments/{environment}/cli`,
    path: `${prefix}/environments/${environment}/cli`,
    pathParameters: { environment },
    httpMethod: 'POST',
    body: command,
    multiValueHeaders: { 'Content-Type': ['text/plain'] },
    requestContext: {
      requestId: 'r-1',
      extendedRequestId: 'x-1',
      httpMethod: 'POST',
      ...('arn' in caller
        ? { identity: { userArn: caller.arn } }
        : { identity: {}, authorizer: { [CLAIMS_CONTEXT_KEY]: JSON.stringify(caller.claims) } }),
    },
  } as unknown as APIGatewayProxyEvent;
  const record = { requestId: 'r-1', extendedRequestId: 'x-1', lambdaRequestId: 'l-1' };
  return handle(event, { record } as LoggedContext).then(({ statusCode, body }) => {
    const { outcome, type } = JSON.parse(`${body}`);
    return `${statusCode} ${outcome ?? type}`;
  }, describeProblem);
}

/** Runs the relay with its data file. Airflow answers every command with one DAG. */
async function invokeRelay(folder: string, request: RelayRequest): Promise<object> {
  const file = readJson<RelayFile>(folder, RELAY_FUNCTION.dataFile);
  const environment = { ...file, policy: compilePolicy(file.grants, file.catalog).policy };
  const { upstream, record } = createTestRelay(environment, () => ({ status: 200, body: encodeStreams(ANSWER) }));
  return createRelayHandler(environment, upstream)(request, { record } as never).catch((error: unknown) => {
    if (!(error instanceof Problem)) throw error;
    return { status: PROBLEM_TYPES[error.code].status, result: error.code, body: { type: error.code } };
  });
}

function describeProblem(error: unknown): string {
  if (!(error instanceof Problem)) throw error;
  return describe(error.code);
}

/** The status and the name of a problem. */
const describe = (code: ProblemCode): string => `${PROBLEM_TYPES[code].status} ${code}`;

/** The output of `dags list` and `dags report`. */
const ANSWER = JSON.stringify([
  {
    ...{ dag_id: 'd', fileloc: 'd.py', owners: 'a', is_paused: 'False' },
    ...{ file: '/d.py', duration: '0:00:01', dag_num: 1, task_num: 1, dags: "['d']" },
  },
]);

const API_GATEWAY = 'apigateway.amazonaws.com';

/** Whether a service has a permission for a function. */
const mayInvoke = (service: string, { policy = [] }: Partial<DeployedFunction> = {}): boolean =>
  policy.some(({ Effect, Principal }) => Effect === 'Allow' && JSON.stringify(Principal).includes(service));

const readJson = <File>(folder: string, name: string): File => JSON.parse(readFileSync(join(folder, name), 'utf8'));
