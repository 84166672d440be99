/** Runs state machines with an interpreter of the Amazon States Language. */
import { fileURLToPath } from 'node:url';
import { installNodePackages } from '../install-node-packages.ts';
import type { PipelineStack } from './pipeline-stack.ts';
import { sendRequest } from './small-stack.ts';

/** Headers that Step Functions refuses (docs.aws.amazon.com, "Call API Gateway with Step Functions"). */
const REFUSED_HEADERS =
  /^(?:x-forwarded.*|x-amzn?.*|authorization|connection|content-md5|expect|host|max-forwards|proxy-authenticate|server|te|transfer-encoding|trailer|upgrade|via|www-authenticate)$/i;

/** The parameters of `apigateway:invoke`. */
interface InvokeParameters {
  readonly ApiEndpoint: string;
  readonly Stage: string;
  readonly Method: string;
  readonly Path: string;
  readonly AuthType: string;
  readonly Headers?: Readonly<Record<string, readonly string[]>>;
  readonly QueryParameters?: Readonly<Record<string, readonly string[]>>;
  readonly RequestBody?: unknown;
}

interface Definition {
  readonly States: Readonly<Record<string, { readonly Type: string; readonly Resource?: string }>>;
}

export const PACKAGES = await installNodePackages(
  'pipeline-runners',
  fileURLToPath(new URL('../pipeline-runners', import.meta.url)),
);

/** What AWS would refuse in the definition. */
export async function validateDefinition(definition: unknown): Promise<readonly string[]> {
  const { default: validate } = await importPackage('asl-validator/dist/src/validator.js');
  const { errors } = (validate.default ?? validate)(definition);
  return errors.map((error: unknown) => JSON.stringify(error));
}

const importPackage = (path: string) => import(`${'folder' in PACKAGES ? PACKAGES.folder : ''}/node_modules/${path}`);

export interface ExecutionResult {
  readonly output?: unknown;
  /** Name of the error that ended the execution, or its cause. */
  readonly error?: string;
  /** The status of each request. */
  readonly statuses: readonly number[];
}

/**
 * Executes a state machine. Its tasks call the API of a stack, signed by a role, as `apigateway:invoke` does. Pauses are short.
 *
 * @param id of the execution
 */
export async function execute(
  stack: PipelineStack,
  role: string,
  definition: Definition,
  input: unknown,
  id: string,
): Promise<ExecutionResult> {
  const { StateMachine } = await importPackage('aws-local-stepfunctions/build/main.node.esm.js');
  const statuses: number[] = [];
  const invoke = async (parameters: InvokeParameters) => {
    const { ApiEndpoint, Stage, Method, Path, AuthType, Headers = {}, QueryParameters = {}, RequestBody } = parameters;
    if (
      !/^[a-z0-9]+\.execute-api\.[a-z0-9-]+\.amazonaws\.com$/.test(ApiEndpoint) ||
      Stage !== 'v1' ||
      AuthType !== 'IAM_ROLE'
    )
      throw new Error(`Unexpected parameters: ${JSON.stringify(parameters)}`);
    const headers = Object.entries(Headers).map(([name, values]) => {
      if (REFUSED_HEADERS.test(name)) throw new Error(`Step Functions refuses the header ${name}`);
      return [name.toLowerCase(), values.join(', ')] as const;
    });
    const query = Object.entries(QueryParameters).flatMap(([name, values]) =>
      values.map((value) => `${name}=${encodeURIComponent(value)}`),
    );
    const response = await sendRequest(stack, {
      path: `${Path.replace('analytics-prod', 'prod')}${query.length === 0 ? '' : `?${query.join('&')}`}`,
      method: Method,
      ...(RequestBody === undefined ? {} : { body: JSON.stringify(RequestBody) }),
      headers: Object.fromEntries(headers),
      caller: stack.createCaller(role, 'execution'),
    });
    statuses.push(response.status);
    if (response.status >= 200 && response.status < 300)
      return { ResponseBody: response.body, StatusCode: response.status, Headers: {}, StatusText: '' };
    throw Object.assign(new Error(response.text), { name: `ApiGateway.${response.status}` });
  };
  const names = Object.keys(definition.States);
  const tasks = names.filter((name) => definition.States[name]?.Resource === 'arn:aws:states:::apigateway:invoke');
  const fill = (value: unknown) => (list: readonly string[]) => Object.fromEntries(list.map((name) => [name, value]));
  const { result } = new StateMachine(definition, {}).run(input, {
    overrides: {
      taskResourceLocalHandlers: fill(invoke)(tasks),
      waitTimeOverrides: fill(50)(names.filter((name) => definition.States[name]?.Type === 'Wait')),
      retryIntervalOverrides: fill(100)(tasks),
    },
    context: { Execution: { Id: id } },
  });
  return result.then(
    (output: unknown) => ({ output, statuses }),
    (error: Error & { cause?: Error }) => ({ error: `${error.message} ${error.cause?.name ?? ''}`, statuses }),
  );
}
