/**
 * AWS on a laptop: API Gateway, Lambda and IAM, played from a synthesised template and the built assets it names. See
 * `known-resources.ts` for what of a template is honoured, and the head of each file for what AWS documents and what is
 * assumed.
 */
import type { AddressInfo } from 'node:net';
import type { RequestContext } from '../iam/evaluate.ts';
import type { Principal, Principals } from '../iam/principals.ts';
import type { Environment } from './assembly.ts';
import { type FunctionControls, startFunctions } from './functions.ts';
import { createLogs, type Logs } from './logs.ts';
import type { GatewayModel } from './model.ts';
import type { NetworkRules } from './protocol.ts';
import { createGatewayServer } from './server.ts';
import { loadTemplate } from './template.ts';

export interface GatewayOptions {
  /** Folder of the cloud assembly (`cdk.out`). */
  assemblyDir: string;
  /** What the functions' network has: `name:port` → `127.0.0.1:port`. Anything else does not resolve. */
  network: NetworkRules['table'];
  /** Who may sign. The functions' own credentials are added to it. */
  principals: Principals;
  /** PEM file of certificate authorities that the functions trust besides Node's own. */
  caFile?: string;
  /** Milliseconds since the epoch. Default: the machine's clock. */
  now?: () => number;
  /** Default: any free one. */
  port?: number;
  logs?: Logs;
  /** Condition keys of every request, as `aws:SourceVpce` for a private API. */
  context?: RequestContext;
  /** Account and region for a template that was synthesised without. */
  environment?: Environment;
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
  /** Ends the server and every process. */
  close(): Promise<void>;
}

/** Throws a `TemplateRefusal` for a template that is not played; see `loadTemplate`. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { assemblyDir, network, principals, caFile, now = Date.now, port = 0, context = {} } = options;
  const logs = options.logs ?? createLogs();
  const model = await loadTemplate(assemblyDir, options.environment);
  const functions = startFunctions({
    functions: model.functions,
    place: model.place,
    principals,
    logs,
    network,
    ...(caFile !== undefined && { caFile }),
  });
  const server = createGatewayServer({ model, functions, principals, logs, now, context });
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
  } catch (error) {
    await functions.close();
    throw error;
  }
  const { port: listening } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${listening}/${model.stage.name}`,
    model,
    logs,
    functionPrincipals: functions.principals,
    controls: functions.controls,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await Promise.all([closed, functions.close()]);
    },
  };
}
