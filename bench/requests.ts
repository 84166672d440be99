import { ENVIRONMENT, REGION, ROLE } from './deployment-names.ts';

const ARGV = ['dags', 'list-runs', '--dag-id', 'reporting_daily'];
const CALLER_ARN = `arn:aws:sts::111122223333:assumed-role/${ROLE}/bench`;

/** Variables that a function has in Lambda. */
export const FUNCTION_VARIABLES = {
  API_ID: 'api',
  API_STAGE: 'v1',
  AWS_REGION: REGION,
  AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_SESSION_TOKEN: 'x'.repeat(400),
};

/** What the front sends to a relay. */
export const createRelayEvent = (argv: readonly string[] = ARGV): object => ({
  environment: ENVIRONMENT,
  requestId: 'r',
  extendedRequestId: 'x',
  caller: { arn: CALLER_ARN },
  deadline: Date.now() + 280_000,
  queuedMs: 0,
  action: { kind: 'command', argv, format: 'json', uniqueId: '0123456789abcdef0123456789abcdef' },
});

/** What API Gateway sends to the front. */
export const createFrontEvent = (): object => ({
  resource: '/environments/{environment}/cli',
  path: `/environments/${ENVIRONMENT}/cli`,
  pathParameters: { environment: ENVIRONMENT },
  httpMethod: 'POST',
  multiValueHeaders: { 'content-type': ['application/json'] },
  body: JSON.stringify({ argv: ARGV }),
  isBase64Encoded: false,
  requestContext: {
    apiId: 'api',
    stage: 'v1',
    httpMethod: 'POST',
    requestId: 'r',
    extendedRequestId: 'x',
    identity: { userArn: CALLER_ARN },
  },
});

const LIST_RUNS_PATH = '/api/v1/dags/reporting_daily/dagRuns';

/** What the front sends to a REST relay. */
export const createRestRelayEvent = (): object => ({
  ...createRelayEvent(),
  action: { kind: 'call', method: 'GET', path: LIST_RUNS_PATH, query: [['limit', '10']], receivedAt: Date.now() },
});

/** What API Gateway sends to the front for a call of the REST API. */
export function createRestFrontEvent(): object {
  const event = createFrontEvent() as { requestContext: object };
  return {
    ...event,
    resource: '/environments/{environment}/api/{path+}',
    path: `/environments/${ENVIRONMENT}${LIST_RUNS_PATH}`,
    pathParameters: { environment: ENVIRONMENT, path: LIST_RUNS_PATH.replace('/api/', '') },
    httpMethod: 'GET',
    multiValueHeaders: { accept: ['application/json'] },
    multiValueQueryStringParameters: { limit: ['10'] },
    body: null,
    requestContext: { ...event.requestContext, httpMethod: 'GET' },
  };
}

/** What the REST relay sends to the web server for its event. */
export const REST_TARGET = `${LIST_RUNS_PATH}?limit=10`;

/** What Airflow prints for the command of the events: ten runs of a DAG. */
const LISTED_RUNS = JSON.stringify(
  Array.from({ length: 10 }, (_, day) => ({
    dag_id: 'reporting_daily',
    run_id: `scheduled__2026-11-${10 + day}T00:00:00+00:00`,
    state: 'success',
    execution_date: `2026-11-${10 + day}T00:00:00+00:00`,
    start_date: `2026-11-${11 + day}T00:00:01.204133+00:00`,
    end_date: `2026-11-${11 + day}T00:03:12.771020+00:00`,
  })),
);

/** The body of MWAA's response. */
export const createWebServerAnswer = (stdout: string, stderr = ''): string =>
  JSON.stringify({
    stdout: Buffer.from(stdout).toString('base64'),
    stderr: Buffer.from(stderr).toString('base64'),
  });

export const ANSWERS = {
  webServer: createWebServerAnswer(`${LISTED_RUNS}\n`),
  lambda: JSON.stringify({
    status: 200,
    result: 'succeeded',
    body: { requestId: 'r', outcome: 'succeeded', output: JSON.parse(LISTED_RUNS), stdout: LISTED_RUNS, stderr: '' },
  }),
};

const REST_ANSWER = JSON.stringify({ dag_runs: JSON.parse(LISTED_RUNS), total_entries: 10 });

/** The answers to calls of the REST API. */
export const REST_ANSWERS = {
  webServer: REST_ANSWER,
  lambda: JSON.stringify({ status: 200, result: 'answered', contentType: 'application/json', text: REST_ANSWER }),
};

/** What the relay posts to the web server for its event. */
export const COMMAND_LINE = 'dags list-runs --dag-id=reporting_daily --output=json';
