import { Annotations, Stack, Token } from 'aws-cdk-lib';
import { InterfaceVpcEndpointAwsService } from 'aws-cdk-lib/aws-ec2';
import { ManagedPolicy, PermissionsBoundary } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { readRuleCatalog } from '../airflow/rest/rule-catalogs.ts';
import { formatGrantRules, selectActiveGrants } from '../config/active-grants.ts';
import type { Config, EnvironmentConfig } from '../config/config-types.ts';
import { createEventsFile, selectEventEnvironments, selectEvents } from '../config/create-events-file.ts';
import { createDeploymentFile, getDeploymentCaller, selectGrantsOfCaller } from '../config/deployment-file.ts';
import {
  createAuthorizerFile,
  createFrontFile,
  createRelayFile,
  createRestFile,
  serializeFile,
  toFunctionCatalog,
  toFunctionOperations,
} from '../config/function-files.ts';
import {
  AUTHORIZER_FUNCTION,
  CATALOG_FOLDER,
  DEPLOYMENT_FUNCTION,
  EVENTS_FUNCTION,
  FRONT_FUNCTION,
  type FunctionNames,
  OPERATION_FOLDER,
  RELAY_FUNCTION,
  REST_FUNCTION,
} from '../contract/function-names.ts';
import { CATALOGS } from '../files/catalogs.ts';
import { getDeploymentPrefix, getEventNames } from '../files/resource-names.ts';
import { OidcAuthorizer } from './api/oidc-authorizer.ts';
import { ProxyApi } from './api/proxy-api.ts';
import { DeploymentFunction } from './deployments/deployment-function.ts';
import { EnvironmentStack, type EnvironmentStackProps } from './environment-stack.ts';
import { ProxyEvents } from './events/proxy-events.ts';
import { createAuditLogGroup, type LogOptions } from './functions/audit-log-group.ts';
import { type BundleFiles, createBundler, resolveEntryPoint } from './functions/bundler.ts';
import { FrontFunction } from './functions/front-function.ts';
import { InterfaceEndpoint } from './functions/interface-endpoint.ts';
import {
  getDeploymentFunctionPrefix,
  getEventRelayPrefix,
  getRelayName,
  getRelayPrefix,
  getRestRelayName,
} from './functions/relay-name.ts';
import { getReferenceKey, resolveReference } from './functions/resource-reference.ts';
import { ApiAlarms } from './operations/api-alarms.ts';
import { OperationsDashboard } from './operations/operations-dashboard.ts';
import { SavedQueries } from './operations/saved-queries.ts';

/** The part of a checked configuration that is deployed to one account and region. */
export type ProxyConfig = Pick<
  Config,
  | 'api'
  | 'environments'
  | 'grants'
  | 'events'
  | 'deployments'
  | 'kmsKey'
  | 'permissionsBoundary'
  | 'functionPolicies'
  | 'logs'
  | 'operations'
>;

const PERMISSIONS_WARNING =
  'functionPolicies: permissions lets every IAM principal of the account that has lambda:InvokeFunction invoke the relays, and claim ' +
  'to be any caller. Use exclusive wherever CloudFormation offers AWS::Lambda::ResourcePolicy.';

/** One of each for the relays and for the REST relays. */
interface ForRelays<T> {
  readonly relay: T;
  readonly rest: T;
}

type Environments = Readonly<Record<string, EnvironmentConfig>>;

/** Returns the source file to bundle for a function. Tests replace the functions with stubs. */
export type EntryPointResolver = (names: FunctionNames) => string;

/** Everything that is deployed to one account and region: one API, its functions, and their monitoring. */
export class CliProxy extends Construct {
  /** What is deployed. */
  readonly config: ProxyConfig;
  readonly api: ProxyApi;
  readonly front: FrontFunction;
  readonly oidcAuthorizer: OidcAuthorizer | undefined;
  /** The stacks of the enabled environments, by name. */
  readonly environmentStacks: Readonly<Record<string, EnvironmentStack>>;
  /** The functions that run the commands of deployments, by the names of the deployments. */
  readonly deploymentFunctions: Readonly<Record<string, DeploymentFunction>>;
  /** Undefined if the configuration has no events for these environments. */
  readonly events: ProxyEvents | undefined;
  /** The log group of all relays. */
  readonly relayLog: LogGroup;

  constructor(
    scope: Construct,
    id: string,
    config: ProxyConfig,
    entryPointResolver: EntryPointResolver = resolveEntryPoint,
  ) {
    super(scope, id);
    this.config = config;
    const enabledEnvironments = Object.fromEntries(
      Object.entries(config.environments).filter(([, { enabled }]) => enabled),
    );
    const logs: LogOptions = {
      retentionDays: config.logs.retentionDays,
      kmsKey: config.kmsKey === undefined ? undefined : Key.fromKeyArn(this, 'Key', config.kmsKey),
    };
    const createCodeFactory = (names: FunctionNames) => createBundler(names, entryPointResolver(names));
    this.#applyPermissionsBoundary(config.permissionsBoundary);

    this.api = new ProxyApi(this, 'Api', {
      config: config.api,
      grants: Object.keys(enabledEnvironments).flatMap((name) => selectActiveGrants(config, name)),
      offersRest: Object.values(enabledEnvironments).some(({ rest }) => rest),
      logs,
      vpcEndpoints: this.#resolveExecuteApiEndpoints(config.api),
    });
    const relayPrefix = getRelayPrefix(findOuterStack(this).stackName, this.node.path);
    const getFunctionName = (name: string) => getRelayName(relayPrefix, name);
    const getRestFunctionName = (name: string) => getRestRelayName(relayPrefix, name);
    this.front = new FrontFunction(this, 'Front', {
      config,
      code: createCodeFactory(FRONT_FUNCTION)({
        [FRONT_FUNCTION.dataFile]: serializeFile(
          createFrontFile(config, enabledEnvironments, getFunctionName, getRestFunctionName),
        ),
        ...createCatalogFiles(enabledEnvironments),
        ...createOperationFiles(enabledEnvironments),
      }),
      logs,
      apiStage: this.api.apiStage,
      relayPrefix,
    });
    const { function: front } = this.front.proxyFunction;
    this.api.addIamRoutes(front);
    if (config.api.oidc !== undefined) {
      this.oidcAuthorizer = new OidcAuthorizer(this, 'OidcAuthorizer', {
        api: this.api.restApi,
        functionPolicies: config.functionPolicies,
        code: createCodeFactory(AUTHORIZER_FUNCTION)({
          [AUTHORIZER_FUNCTION.dataFile]: serializeFile(
            createAuthorizerFile(config, enabledEnvironments, config.api.oidc),
          ),
        }),
        logs,
        cacheSeconds: config.api.oidc.cacheSeconds,
        concurrency: config.api.oidc.concurrency,
      });
      this.api.addOidcRoutes(this.oidcAuthorizer.authorizer, front);
    }

    this.api.serveAfter(this.front, ...(this.oidcAuthorizer === undefined ? [] : [this.oidcAuthorizer]));

    this.deploymentFunctions = this.#createDeployments(
      config,
      enabledEnvironments,
      logs,
      getFunctionName,
      createCodeFactory,
    );
    this.relayLog = createAuditLogGroup(this, 'RelayLog', logs);
    const eventRelayPrefix = getEventRelayPrefix(findOuterStack(this).stackName, this.node.path);
    const getEventRelayName = (name: string) => getRelayName(eventRelayPrefix, name);
    this.events = this.#createEvents(config, logs, eventRelayPrefix, getEventRelayName, createCodeFactory);
    this.environmentStacks = this.#createEnvironmentStacks(
      config,
      enabledEnvironments,
      logs,
      { relay: getFunctionName, rest: getRestFunctionName, event: getEventRelayName },
      { relay: createCodeFactory(RELAY_FUNCTION), rest: createCodeFactory(REST_FUNCTION) },
    );
    this.events?.receiveAfter(this.environmentStacks, config);
    this.#addOperations(config.operations);
    if (config.functionPolicies === 'permissions') {
      Annotations.of(this).addWarningV2('mwaa-cli-proxy:functionPolicies', PERMISSIONS_WARNING);
    }
  }

  #applyPermissionsBoundary(name: string | undefined): void {
    if (name === undefined) return;
    const boundary = ManagedPolicy.fromManagedPolicyName(this, 'PermissionsBoundary', name);
    PermissionsBoundary.of(this).apply(boundary);
  }

  #createDeployments(
    config: ProxyConfig,
    enabledEnvironments: Environments,
    logs: LogOptions,
    getRelayFunctionName: (environment: string) => string,
    createCodeFactory: (names: FunctionNames) => (files: BundleFiles) => Code,
  ): Record<string, DeploymentFunction> {
    const prefix = getDeploymentFunctionPrefix(findOuterStack(this).stackName, this.node.path);
    const createCode = createCodeFactory(DEPLOYMENT_FUNCTION);
    const create = (name: string): DeploymentFunction => {
      const file = createDeploymentFile(config, name, enabledEnvironments, getRelayFunctionName);
      return new DeploymentFunction(this, `Deployment-${name}`, {
        name,
        deployment: config.deployments[name]!,
        functionName: getRelayName(prefix, name),
        functionPolicies: config.functionPolicies,
        code: createCode({
          [DEPLOYMENT_FUNCTION.dataFile]: serializeFile(file),
          ...createCatalogFiles(selectMembers(enabledEnvironments, Object.keys(file.environments))),
        }),
        logs,
        logGroup: this.front.proxyFunction.logGroup,
        relayNames: Object.values(file.environments).map(({ relay }) => relay),
      });
    };
    const names = Object.keys(config.deployments).filter((name) => config.deployments[name]?.enabled);
    return Object.fromEntries(names.map((name) => [name, create(name)]));
  }

  #createEnvironmentStacks(
    config: ProxyConfig,
    enabledEnvironments: Environments,
    logs: LogOptions,
    getFunctionName: ForRelays<(environment: string) => string> & { readonly event: (environment: string) => string },
    createCode: ForRelays<(files: BundleFiles) => Code>,
  ): Record<string, EnvironmentStack> {
    const airflowEndpoints = this.#createAirflowEndpoints(config.environments);
    const createRest = (name: string, environment: EnvironmentConfig): EnvironmentStackProps['rest'] => {
      const operations = environment.rest ? CATALOGS.readOperations(environment.airflow) : undefined;
      if (operations === undefined) return undefined;
      const restFile = createRestFile(config, name, environment, operations, readRuleCatalog(CATALOGS, environment));
      return {
        functionName: getFunctionName.rest(name),
        code: createCode.rest({ [REST_FUNCTION.dataFile]: serializeFile(restFile) }),
        airflowRole: restFile.airflowRole,
      };
    };
    const eventEnvironments = selectEventEnvironments(config);
    const createEvents = (name: string): EnvironmentStackProps['events'] => {
      if (this.events === undefined || !Object.hasOwn(eventEnvironments, name)) return undefined;
      const { roleArn: consumerRoleArn } = this.events.function.proxyFunction.role;
      return { functionName: getFunctionName.event(name), consumerRoleArn };
    };
    const createStack = (name: string, environment: EnvironmentConfig) => {
      const relayFile = createRelayFile(config, name, environment, CATALOGS.read(environment.airflow));
      return new EnvironmentStack(this, `Environment-${name}`, {
        name,
        environment,
        functionName: getFunctionName.relay(name),
        logs,
        logGroup: this.relayLog,
        frontRoleArn: this.front.proxyFunction.role.roleArn,
        deploymentRoleArns: this.#listDeploymentRoles(config, name),
        functionPolicies: config.functionPolicies,
        code: createCode.relay({ [RELAY_FUNCTION.dataFile]: serializeFile(relayFile) }),
        createdEndpointSecurityGroup: airflowEndpoints.get(getVpcKey(environment))?.securityGroupId,
        rest: createRest(name, environment),
        events: createEvents(name),
        grantRules: formatGrantRules(selectActiveGrants(config, name)),
        operations: config.operations,
      });
    };
    return Object.fromEntries(
      Object.entries(enabledEnvironments).map(([name, environment]) => [name, createStack(name, environment)]),
    );
  }

  /** The roles of the deployments that have a grant in an environment. */
  #listDeploymentRoles(config: ProxyConfig, environment: string): string[] {
    const grants = selectActiveGrants(config, environment);
    return Object.entries(this.deploymentFunctions).flatMap(([name, { proxyFunction }]) =>
      selectGrantsOfCaller(grants, getDeploymentCaller(name)).length === 0 ? [] : [proxyFunction.role.roleArn],
    );
  }

  #createEvents(
    config: ProxyConfig,
    logs: LogOptions,
    relayPrefix: string,
    getEventRelayName: (environment: string) => string,
    createCodeFactory: (names: FunctionNames) => (files: BundleFiles) => Code,
  ): ProxyEvents | undefined {
    if (Object.keys(selectEvents(config)).length === 0) return undefined;
    const deploymentPrefix = getDeploymentPrefix(findOuterStack(this).stackName, this.node.path);
    const getNames = (event: string) => getEventNames(deploymentPrefix, event);
    const file = createEventsFile(config, { getRelayName: getEventRelayName, getQueueNames: getNames });
    return new ProxyEvents(this, 'Events', {
      config,
      code: createCodeFactory(EVENTS_FUNCTION)({
        [EVENTS_FUNCTION.dataFile]: serializeFile(file),
        ...createCatalogFiles(selectEventEnvironments(config)),
      }),
      logs,
      deploymentPrefix,
      relayPrefix,
      getNames,
    });
  }

  #addOperations(operations: Config['operations']): void {
    const { alarms } = new ApiAlarms(this, 'Alarms', {
      ...operations,
      api: this.api.restApi,
      front: this.front.proxyFunction.function,
      authorizer: this.oidcAuthorizer?.proxyFunction.function,
    });
    new OperationsDashboard(this, 'Operations', {
      api: this.api.restApi,
      alarms,
      hasEvents: this.events !== undefined,
    });
    new SavedQueries(this, 'Queries', {
      front: this.front.proxyFunction.logGroup,
      relays: this.relayLog,
      accessLog: this.api.accessLog,
      events: this.events?.function.proxyFunction.logGroup,
    });
  }

  /** Returns the IDs of the `execute-api` endpoints of a private API: existing ones, or the one that this method creates. */
  #resolveExecuteApiEndpoints({ vpcEndpoint }: Config['api']): string[] | undefined {
    if (vpcEndpoint === undefined) return undefined;
    const { ids, create } = vpcEndpoint;
    if (create === undefined) return ids?.map(resolveReference);
    const endpoint = new InterfaceEndpoint(this, 'ExecuteApiEndpoint', {
      service: InterfaceVpcEndpointAwsService.APIGATEWAY,
      vpcId: create.id,
      subnets: create.subnets,
      cidrs: create.cidrs,
      privateDns: create.privateDns,
      actionPrefix: 'execute-api',
    });
    return [endpoint.endpointId];
  }

  /**
   * Creates the `airflow.env` endpoints, one per VPC, and returns them by VPC. Disabled environments keep their endpoint, because
   * other clients in the VPC may use it.
   */
  #createAirflowEndpoints(environments: Environments): Map<string, InterfaceEndpoint> {
    const endpoints = new Map<string, InterfaceEndpoint>();
    for (const [name, environment] of Object.entries(environments)) {
      const { id: vpcId, subnets, airflowEndpoint } = environment.vpc;
      const vpcKey = getVpcKey(environment);
      if (airflowEndpoint?.create === undefined || endpoints.has(vpcKey)) continue;
      const endpoint = new InterfaceEndpoint(this, getEndpointConstructId(vpcId, name), {
        service: InterfaceVpcEndpointAwsService.AIRFLOW_ENV,
        vpcId,
        subnets,
        cidrs: airflowEndpoint.create.cidrs,
        // The relay asks for tokens at the name of the service.
        privateDns: true,
        actionPrefix: 'airflow',
      });
      endpoints.set(vpcKey, endpoint);
    }
    return endpoints;
  }
}

/** Returns the stack that is deployed by name, even if the construct is in a nested stack. */
function findOuterStack(scope: Construct): Stack {
  const stack = Stack.of(scope);
  return stack.nestedStackParent === undefined ? stack : findOuterStack(stack.nestedStackParent);
}

const getVpcKey = ({ vpc }: EnvironmentConfig): string => getReferenceKey(vpc.id);

/**
 * Derives the ID from the VPC. If it were derived from the environment, CloudFormation would create a second endpoint when another
 * environment becomes the first one in the VPC. EC2 rejects a second endpoint.
 */
const getEndpointConstructId = (vpcId: EnvironmentConfig['vpc']['id'], environment: string): string =>
  `AirflowEndpoint-${Token.isUnresolved(vpcId) ? environment : getReferenceKey(vpcId)}`;

/** Creates the files with the operations of the releases of the environments that offer them. */
const createOperationFiles = (environments: Environments): Record<string, string> =>
  Object.fromEntries(
    Object.values(environments).flatMap(({ airflow, rest }) => {
      const operations = rest ? CATALOGS.readOperations(airflow) : undefined;
      return operations === undefined
        ? []
        : [[`${OPERATION_FOLDER}/${airflow}.json`, serializeFile(toFunctionOperations(operations))]];
    }),
  );

/** Creates the catalog files of the front function, one per release. */
const createCatalogFiles = (environments: Environments): Record<string, string> =>
  Object.fromEntries(
    Object.values(environments).map(({ airflow }) => [
      `${CATALOG_FOLDER}/${airflow}.json`,
      serializeFile(toFunctionCatalog(CATALOGS.read(airflow))),
    ]),
  );

const selectMembers = (environments: Environments, names: readonly string[]): Environments =>
  Object.fromEntries(Object.entries(environments).filter(([name]) => names.includes(name)));
