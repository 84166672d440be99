/**
 * AWS on a laptop: API Gateway, Lambda and IAM, played from a synthesized template and the built assets it names. See
 * `known-resources.ts` for what of a template is honored, and the head of each file for what AWS documents and what is
 * assumed.
 */
import type { AddressInfo } from 'node:net';
import type { ConditionKeys } from '../iam/evaluate-policies.ts';
import type { Principal, PrincipalStore } from '../iam/principal-store.ts';
import { createGatewayServer } from './front/gateway-server.ts';
import { checkSchedulePermission } from './front/invoke-permissions.ts';
import { createLogs, type Logs } from './functions/logs.ts';
import type { NetworkRules } from './functions/protocol.ts';
import { type FunctionControls, type InvokeResult, startFunctions } from './functions/start-functions.ts';
import { GatewayError } from './gateway-errors.ts';
import type { GatewayModel, Schedule } from './template/gateway-model.ts';
import type { AccountAndRegion } from './template/load-assembly.ts';
import { loadTemplate } from './template/load-template.ts';

export interface GatewayOptions {
  /** Folder of the cloud assembly (`cdk.out`). */
  assemblyDir: string;
  /** What the functions' network has: `name:port` → `127.0.0.1:port`. Anything else does not resolve. */
  network: NetworkRules['table'];
  /** Who may sign. The functions' own credentials are added to it. */
  principals: PrincipalStore;
  /** PEM file of certificate authorities that the functions trust besides Node's own. */
  caFile?: string;
  /** Milliseconds since the epoch. Default: the machine's clock. */
  now?: () => number;
  /** Default: any free one. */
  port?: number;
  logs?: Logs;
  /** Condition keys of every request, as `aws:SourceVpce` for a private API. */
  conditionKeys?: ConditionKeys;
  /** Account and region for a template that was synthesized without. */
  accountAndRegion?: AccountAndRegion;
  /** Which stack of the assembly. Default: the only one there is. */
  stackName?: string;
  /** What other stacks export, by name. */
  imports?: Readonly<Record<string, string>>;
}

export interface Gateway {
  /** Address of the stage, without a slash at the end. */
  url: string;
  model: GatewayModel;
  logs: Logs;
  /** Credentials of each function's role, by function name. */
  functionPrincipals: ReadonlyMap<string, Principal>;
  /** What can be done to its functions from outside. */
  controls: FunctionControls;
  /** What to send as the header `Host`, where the API has a domain of its own. */
  host: string | undefined;
  /** Whether the web ACL before the stage, if there is one, blocks everything. */
  setBlocked(on: boolean): void;
  /** Makes the next request end in a gateway response of this type, with the status API Gateway gives it by itself. */
  forceNextResponse(responseType: string, status: number): void;
  /** Calls a function as a schedule of the template does, with the event that stands there. Throws where it may not. */
  triggerSchedule(schedule: Schedule): Promise<InvokeResult>;
  /** Calls a function by its name with any event, as whoever may invoke it directly can. Gives what it wrote. */
  invokeFunction(functionName: string, event: unknown): Promise<{ outcome: InvokeResult; written: Buffer }>;
  /** Ends the server and every process. */
  close(): Promise<void>;
}

/** Throws a `UnsupportedTemplateError` for a template that is not played; see `loadTemplate`. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { assemblyDir, network, principals, caFile, now = Date.now, port = 0, conditionKeys = {} } = options;
  const logs = options.logs ?? createLogs();
  const { accountAndRegion, stackName, imports } = options;
  const model = await loadTemplate(assemblyDir, accountAndRegion, stackName, imports);
  let blocked = false;
  let forced: GatewayError | undefined;
  const takeForced = () => {
    const taken = forced;
    forced = undefined;
    return taken;
  };
  const functions = startFunctions({
    functions: model.functions,
    location: model.location,
    principals,
    logs,
    network,
    ...(caFile !== undefined && { caFile }),
  });
  const server = createGatewayServer({
    model,
    functions,
    principals,
    logs,
    now,
    conditionKeys,
    isBlocked: () => blocked,
    takeForcedError: takeForced,
  });
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
  } catch (error) {
    await functions.close();
    throw error;
  }
  const { port: listening } = server.address() as AddressInfo;
  const traceId = 'Root=1-0-0';
  const { domain } = model;
  const path =
    domain === undefined ? `/${model.stage.name}` : domain.basePath === undefined ? '' : `/${domain.basePath}`;
  return {
    url: `http://127.0.0.1:${listening}${path}`,
    host: domain?.name,
    model,
    logs,
    functionPrincipals: functions.principals,
    controls: functions.controls,
    setBlocked: (on) => {
      blocked = on;
    },
    forceNextResponse(responseType, status) {
      forced = new GatewayError(responseType, status, 'ForcedException', 'Forced "here"');
    },
    triggerSchedule(schedule) {
      checkSchedulePermission(schedule, model);
      return functions.invoke(schedule.function, { event: schedule.input, traceId }, () => {});
    },
    async invokeFunction(functionName, event) {
      const found = [...model.functions.values()].find(({ name }) => name === functionName);
      if (found === undefined) throw new Error(`no function is named ${functionName}`);
      const written: Buffer[] = [];
      const call = { event: JSON.stringify(event), traceId };
      const outcome = await functions.invoke(found.logicalId, call, (chunk) => written.push(chunk));
      return { outcome, written: Buffer.concat(written) };
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await Promise.all([closed, functions.close()]);
    },
  };
}
