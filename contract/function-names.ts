/** Names that a deployed function and its construct must agree on: code, data file and environment variables. */

/** Environment variables of a function that the API calls. */
export const API_ENVIRONMENT_VARIABLES = {
  /** The ID of the REST API whose events the function accepts. */
  apiId: 'API_ID',
  /** The stage of that API. */
  apiStage: 'API_STAGE',
} as const;

/** One deployed function: its entry module, its handler, and the data file next to its code. */
export interface FunctionNames {
  /** The module to bundle, relative to `lambda/`. It exports `handler`. */
  readonly entry: string;
  /** Value of Lambda's `Handler` setting. */
  readonly handler: string;
  /** The bundled code: one CommonJS module. */
  readonly bundleFile: string;
  /** JSON file next to the code: the part of the configuration that the function needs. */
  readonly dataFile: string;
}

const createFunctionNames = (name: string, dataFile: string): FunctionNames => ({
  entry: `${name}/${name}.ts`,
  handler: `${name}.handler`,
  bundleFile: `${name}.cjs`,
  dataFile,
});

/** The relay of one environment. Its data file is a `RelayFile` (`config/relay-file.ts`). */
export const RELAY_FUNCTION = createFunctionNames('relay', 'environment.json');

/** The REST relay of one environment. Its data file is a `RestFile` (`config/rest-file.ts`). */
export const REST_FUNCTION = createFunctionNames('rest', 'environment.json');

/** The function behind the API, which calls the relays. Its data file is a `FrontFile` (`config/front-file.ts`), with catalogs in a folder next to it. */
export const FRONT_FUNCTION = createFunctionNames('front', 'front.json');

/** The front's second export, for an API without response streaming. */
export const FRONT_BUFFERED_HANDLER = 'front.buffered';

/** Checks the tokens of OIDC callers. Its data file is an `AuthorizerFile` (`config/authorizer-file.ts`). */
export const AUTHORIZER_FUNCTION = createFunctionNames('authorizer', 'authorizer.json');

/** The front of a deployment without the CDK. Its data file is a `StackFrontFile` (`config/stack-files.ts`). */
export const STACK_FRONT_FUNCTION: FunctionNames = {
  entry: 'stored-policy/front.ts',
  handler: 'stack-front.handler',
  bundleFile: 'stack-front.cjs',
  dataFile: 'front.json',
};

/** The relay of a deployment without the CDK. Its data file is a `StackRelayFile`, with the catalogs of all releases in a folder next to it. */
export const STACK_RELAY_FUNCTION: FunctionNames = {
  entry: 'stored-policy/relay.ts',
  handler: 'stack-relay.handler',
  bundleFile: 'stack-relay.cjs',
  dataFile: 'environment.json',
};

/** Runs the commands of events. Its data file is an `EventsFile` (`config/events-file.ts`), with catalogs in a folder next to it. */
export const EVENTS_FUNCTION = createFunctionNames('events', 'events.json');

/** Runs the commands of one deployment. Its data file is a `DeploymentFile` (`config/deployment-file.ts`), with catalogs next to it. */
export const DEPLOYMENT_FUNCTION = createFunctionNames('deployments', 'deployment.json');

/** Folder next to the front's code with the REST operations, `RELEASE.json`, of each release of an environment that offers them. */
export const OPERATION_FOLDER = 'operations';

/** Folder next to the front's code with `RELEASE.json` for each release that an environment runs. */
export const CATALOG_FOLDER = 'catalogs';
