/**
 * Runs a synthesized template and its built assets as API Gateway, Lambda and IAM would. `known-resources.ts` lists the supported
 * resource types and properties. The head of each file states what AWS documents and what is assumed.
 */
import type { Server as HttpsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import type { ConditionKeys } from '../iam/evaluate-policies.ts';
import { createPrincipalStore, type Principal, type PrincipalStore } from '../iam/principal-store.ts';
import { createGatewayServer } from './front/gateway-server.ts';
import type { FunctionControls, FunctionStatistics, InvokeResult } from './functions/lambda-api.ts';
import { createLogs, type Logs } from './functions/logs.ts';
import type { NetworkRules } from './functions/protocol.ts';
import { startFunctions } from './functions/start-functions.ts';
import { GatewayError } from './gateway-errors.ts';
import { checkIdentity, checkSchedulePermission } from './lambda/authorize-invoke.ts';
import { findInvokedFunction } from './lambda/find-invoked-function.ts';
import { createInvokeFaults, type InvokeFault } from './lambda/invoke-faults.ts';
import { createLambdaServer, getLambdaHostname, type LambdaServerOptions } from './lambda/lambda-server.ts';
import type { GatewayModel, LambdaFunction, Schedule } from './template/gateway-model.ts';
import type { AccountAndRegion } from './template/load-assembly.ts';
import { loadTemplate } from './template/load-template.ts';

export interface GatewayOptions {
  /** Folder of the cloud assembly (`cdk.out`). */
  assemblyDir: string;
  /** The functions' network: `name:port` → `127.0.0.1:port`. Other names do not resolve. */
  network: NetworkRules['table'];
  /** The credentials of callers. The gateway adds those of the functions' roles. */
  principals: PrincipalStore;
  /** PEM file of certificate authorities that the functions trust in addition to Node's. */
  caFile?: string;
  /**
   * Issues a certificate that `caFile` trusts, as PEM, for Lambda's API. Without it functions do not reach that API: its name does
   * not resolve.
   */
  issueCertificate?: (hostname: string) => Promise<{ cert: string; key: string }>;
  /** Milliseconds since the epoch. Default: the machine's clock. */
  now?: () => number;
  /** Default: any free port. */
  port?: number;
  /** Called immediately before the gateway listens, to give up a reservation of the port. */
  releasePort?: () => Promise<void>;
  logs?: Logs;
  /** Condition keys of every request, such as `aws:SourceVpce` for a private API. */
  conditionKeys?: ConditionKeys;
  /** Account and region of a template that was synthesized without them. */
  accountAndRegion?: AccountAndRegion;
  /** Which stack of the assembly to run. May be omitted if the assembly contains one stack. */
  stackName?: string;
  /** Values that other stacks export, by export name. */
  imports?: Readonly<Record<string, string>>;
  /** Starts services that functions outside a VPC reach. Returns their network. */
  startServices?: (model: GatewayModel) => Promise<Readonly<Record<string, string>>>;
}

export interface Gateway {
  /** URL of the stage, without a trailing slash. */
  url: string;
  model: GatewayModel;
  logs: Logs;
  /** Credentials of each function's role, by function name. */
  functionPrincipals: ReadonlyMap<string, Principal>;
  /** Controls of the functions, for tests. */
  controls: FunctionControls & {
    /** Makes the next invocations of a function by Lambda's API fail, until `undefined` is set. */
    setInvokeFault(functionName: string, fault: InvokeFault | undefined): void;
  };
  /** Lambda's API: its host name, and the loopback port that serves it. Undefined without `issueCertificate`. */
  lambdaApi: { readonly hostname: string; readonly port: number } | undefined;
  /** What has happened to the invocations of a function, whoever invoked it. */
  functionStatistics(functionName: string): FunctionStatistics;
  /** The value of the `Host` header that callers must send, if the API has a custom domain. */
  host: string | undefined;
  /** Makes the web ACL of the stage, if it has one, block all requests. */
  setBlocked(on: boolean): void;
  /** Makes the next request fail with a gateway response of this type. `status` is API Gateway's default for the type. */
  forceNextResponse(responseType: string, status: number): void;
  /** Invokes a function as a schedule of the template does, with its input. Rejects if the schedule has no permission. */
  triggerSchedule(schedule: Schedule): Promise<InvokeResult>;
  /**
   * Invokes a function by its name or ARN with any event, as an identity does. Rejects with Lambda's `AccessDeniedException` if the policies
   * do not allow it.
   *
   * @param principal default: an administrator of the account, whom only a statement that denies can stop
   */
  invokeFunction(
    functionName: string,
    event: unknown,
    principal?: Principal,
  ): Promise<{ result: InvokeResult; payload: Buffer }>;
  /** Invokes a function by its logical id, as Lambda's own event source mappings do: no policy applies. */
  runFunction(logicalId: string, event: string): Promise<{ result: InvokeResult; payload: string }>;
  /** Ends the server and every process. */
  close(): Promise<void>;
}

/** Throws an `UnsupportedTemplateError` for a template that is not supported, see `loadTemplate`. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { assemblyDir, network, principals, caFile, now = Date.now, port = 0, conditionKeys = {} } = options;
  const logs = options.logs ?? createLogs();
  const { accountAndRegion, stackName, imports } = options;
  const model = await loadTemplate(assemblyDir, accountAndRegion, stackName, imports);
  const services = (await options.startServices?.(model)) ?? {};
  let isBlocked = false;
  let forcedError: GatewayError | undefined;
  const takeForcedError = () => {
    const error = forcedError;
    forcedError = undefined;
    return error;
  };
  const invokeFaults = createInvokeFaults();
  const lambdaApi = await startLambdaApi(options, {
    model,
    // The functions need the server's port, and the server the functions.
    functions: { invoke: (...invocation) => functions.invoke(...invocation) },
    principals,
    faults: invokeFaults,
    now,
  });
  const functions = startFunctions({
    functions: model.functions,
    location: model.location,
    principals,
    logs,
    network,
    publicNetwork: {
      ...services,
      ...(lambdaApi === undefined ? {} : { [`${lambdaApi.hostname}:443`]: `127.0.0.1:${lambdaApi.port}` }),
    },
    ...(caFile !== undefined && { caFile }),
  });
  const server = createGatewayServer({
    model,
    functions,
    principals,
    logs,
    now,
    conditionKeys,
    isBlocked: () => isBlocked,
    takeForcedError,
  });
  const closeServers = () =>
    Promise.all(
      [server, lambdaApi?.server].map(async (each) => {
        if (each === undefined) return;
        const closed = new Promise((resolve) => each.close(resolve));
        each.closeAllConnections();
        await closed;
      }),
    );
  await options.releasePort?.();
  const localPort = await listen(server, port).catch(async (error: unknown) => {
    await Promise.all([closeServers(), functions.close()]);
    throw error;
  });
  const getFunction = (name: string): LambdaFunction => {
    const target = [...model.functions.values()].find((candidate) => candidate.name === name);
    if (target === undefined) throw new Error(`The template has no function named ${name}.`);
    return target;
  };
  const administrator = createAdministrator(model.location);
  const traceId = 'Root=1-0-0';
  const { domain } = model;
  const path =
    domain === undefined ? `/${model.stage.name}` : domain.basePath === undefined ? '' : `/${domain.basePath}`;
  return {
    url: `http://127.0.0.1:${localPort}${path}`,
    host: domain?.name,
    model,
    logs,
    functionPrincipals: functions.principals,
    controls: {
      ...functions.controls,
      setInvokeFault: (name, fault) => invokeFaults.set(getFunction(name).logicalId, fault),
    },
    lambdaApi: lambdaApi && { hostname: lambdaApi.hostname, port: lambdaApi.port },
    functionStatistics: (name) => functions.getStatistics(getFunction(name).logicalId),
    setBlocked: (on) => {
      isBlocked = on;
    },
    forceNextResponse(responseType, status) {
      forcedError = new GatewayError(responseType, status, 'ForcedException', 'Forced "here"');
    },
    async triggerSchedule(schedule) {
      await checkSchedulePermission(schedule, model);
      return functions.invoke(schedule.function, { event: schedule.input, traceId }, () => {});
    },
    async invokeFunction(functionName, event, principal = administrator) {
      const { arn, target } = findInvokedFunction(functionName, model);
      if (target === undefined) throw new Error(`The template has no function named ${functionName}.`);
      await checkIdentity(model, principal, arn, target);
      const chunks: Buffer[] = [];
      const input = { event: JSON.stringify(event), traceId };
      const result = await functions.invoke(target.logicalId, input, (chunk) => chunks.push(chunk));
      return { result, payload: Buffer.concat(chunks) };
    },
    async runFunction(logicalId, event) {
      const chunks: Buffer[] = [];
      const result = await functions.invoke(logicalId, { event, traceId }, (chunk) => chunks.push(chunk));
      return { result, payload: Buffer.concat(chunks).toString('utf8') };
    },
    async close() {
      await Promise.all([closeServers(), functions.close()]);
    },
  };
}

async function startLambdaApi(
  { issueCertificate }: GatewayOptions,
  options: Omit<LambdaServerOptions, 'certificate'>,
): Promise<{ hostname: string; port: number; server: HttpsServer } | undefined> {
  if (issueCertificate === undefined) return undefined;
  const hostname = getLambdaHostname(options.model.location);
  const server = createLambdaServer({ ...options, certificate: await issueCertificate(hostname) });
  return { hostname, port: await listen(server, 0), server };
}

/** Returns the port. */
async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

/** An identity that may do everything in the account. */
const createAdministrator = ({ partition, account }: GatewayModel['location']): Principal =>
  createPrincipalStore().issueCredentials(`arn:${partition}:sts::${account}:assumed-role/administrator/local`, [
    { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
  ]);
