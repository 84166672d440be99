import { Token } from 'aws-cdk-lib';
import { InterfaceVpcEndpointAwsService } from 'aws-cdk-lib/aws-ec2';
import { ManagedPolicy, PermissionsBoundary } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { Config, EnvironmentConfig } from '../config/config-types.ts';
import {
  createAuthorizerFile,
  createFrontFile,
  createRelayFile,
  formatGrantRules,
  selectActiveGrants,
  serializeFile,
} from '../config/function-files.ts';
import {
  AUTHORIZER_FUNCTION,
  CATALOG_FOLDER,
  FRONT_FUNCTION,
  type FunctionNames,
  RELAY_FUNCTION,
} from '../contract/function-names.ts';
import { readCatalog } from '../files/catalogs.ts';
import { OidcAuthorizer } from './api/oidc-authorizer.ts';
import { ProxyApi } from './api/proxy-api.ts';
import { EnvironmentStack } from './environment-stack.ts';
import type { LogOptions } from './functions/audit-log-group.ts';
import { createBundler, resolveEntryPoint } from './functions/bundler.ts';
import { createFrontFunction } from './functions/front-function.ts';
import { InterfaceEndpoint } from './functions/interface-endpoint.ts';
import type { ProxyFunction } from './functions/proxy-function.ts';
import { getReferenceKey, resolveReference } from './functions/resource-reference.ts';
import { ApiAlarms } from './operations/api-alarms.ts';
import { OperationsDashboard } from './operations/operations-dashboard.ts';
import { SavedQueries } from './operations/saved-queries.ts';

/** The part of a checked configuration that is deployed to one account and region. */
export type ProxyConfig = Pick<
  Config,
  'api' | 'environments' | 'grants' | 'kmsKey' | 'permissionsBoundary' | 'logs' | 'operations'
>;

/** The module to bundle for each kind of function. Left out: ours. */
export type EntryPointResolver = (names: FunctionNames) => string;

/** Everything that is deployed to one account and region: one API, and what is behind it. */
export class CliProxy extends Construct {
  readonly api: ProxyApi;
  readonly front: ProxyFunction;
  readonly oidcAuthorizer: OidcAuthorizer | undefined;
  /** By name, of the environments that are on. */
  readonly environmentStacks: Readonly<Record<string, EnvironmentStack>>;

  constructor(scope: Construct, id: string, config: ProxyConfig, entries: EntryPointResolver = resolveEntryPoint) {
    super(scope, id);
    const { api: apiConfig, permissionsBoundary } = config;
    const on = Object.fromEntries(Object.entries(config.environments).filter(([, { enabled }]) => enabled));
    const logs: LogOptions = {
      retentionDays: config.logs.retentionDays,
      kmsKey: config.kmsKey === undefined ? undefined : Key.fromKeyArn(this, 'Key', config.kmsKey),
    };
    if (permissionsBoundary !== undefined) {
      PermissionsBoundary.of(this).apply(ManagedPolicy.fromManagedPolicyName(this, 'Boundary', permissionsBoundary));
    }

    this.api = new ProxyApi(this, 'Api', {
      config: apiConfig,
      environments: on,
      grants: Object.keys(on).flatMap((name) => selectActiveGrants(config, name)),
      logs,
      vpcEndpoints: this.#resolveExecuteApiEndpoints(apiConfig),
    });
    this.front = createFrontFunction(this, 'Directory', {
      code: createBundler(
        FRONT_FUNCTION,
        entries(FRONT_FUNCTION),
      )({
        [FRONT_FUNCTION.dataFile]: serializeFile(createFrontFile(config, on)),
        ...readCatalogFiles(on),
      }),
      logs,
      apiStage: this.api.apiStage,
    });
    if (apiConfig.oidc !== undefined) {
      const file = createAuthorizerFile(config, on, apiConfig.oidc);
      this.oidcAuthorizer = new OidcAuthorizer(this, 'Oidc', {
        code: createBundler(
          AUTHORIZER_FUNCTION,
          entries(AUTHORIZER_FUNCTION),
        )({ [AUTHORIZER_FUNCTION.dataFile]: serializeFile(file) }),
        logs,
        cacheSeconds: apiConfig.oidc.cacheSeconds,
      });
      this.api.addOidcBranch(this.oidcAuthorizer.authorizer);
    }
    this.api.addFrontRoutes(this.front.function);

    const endpoints = this.#createAirflowEndpoints(config.environments);
    const bundle = createBundler(RELAY_FUNCTION, entries(RELAY_FUNCTION));
    this.environmentStacks = Object.fromEntries(
      Object.entries(on).map(([name, environment]) => [
        name,
        new EnvironmentStack(this, `Environment-${name}`, {
          ...{
            name,
            environment,
            logs,
            responseMode: apiConfig.responses,
            api: this.api,
            front: this.front.function,
          },
          code: bundle({ [RELAY_FUNCTION.dataFile]: serializeFile(createRelayFile(config, name, environment)) }),
          createdEndpointSecurityGroup: endpoints.get(getVpcKey(environment))?.securityGroupId,
          grantRules: formatGrantRules(selectActiveGrants(config, name)),
          operations: config.operations,
        }),
      ]),
    );
    this.#addOperations(config.operations);
  }

  #addOperations(operations: Config['operations']): void {
    const { alarms } = new ApiAlarms(this, 'Alarms', {
      ...operations,
      api: this.api.restApi,
      front: this.front.function,
      authorizer: this.oidcAuthorizer?.proxyFunction.function,
    });
    new OperationsDashboard(this, 'Operations', { api: this.api.restApi, alarms });
    new SavedQueries(this, 'Queries', {
      relays: Object.values(this.environmentStacks).map(({ relay }) => relay.proxyFunction.logGroup),
      accessLog: this.api.accessLog,
    });
  }

  /** Those of a private API: there already, or made here. */
  #resolveExecuteApiEndpoints({ vpcEndpoint }: Config['api']): string[] | undefined {
    if (vpcEndpoint === undefined) return undefined;
    const { ids, create } = vpcEndpoint;
    if (create === undefined) return ids?.map(resolveReference);
    const endpoint = new InterfaceEndpoint(this, 'ExecuteApiEndpoint', {
      service: InterfaceVpcEndpointAwsService.APIGATEWAY,
      ...{ vpcId: create.id, subnets: create.subnets, cidrs: create.cidrs },
    });
    return [endpoint.endpointId];
  }

  /**
   * Those for `airflow.env` that are made here, one a VPC. Also of an environment that is switched off: others share it, and it
   * changes a name for the whole VPC.
   */
  #createAirflowEndpoints(environments: Readonly<Record<string, EnvironmentConfig>>): Map<string, InterfaceEndpoint> {
    const made = new Map<string, InterfaceEndpoint>();
    for (const [name, environment] of Object.entries(environments)) {
      const { id: vpcId, subnets, airflowEndpoint } = environment.vpc;
      const vpc = getVpcKey(environment);
      if (airflowEndpoint?.create === undefined || made.has(vpc)) continue;
      const { cidrs } = airflowEndpoint.create;
      const service = InterfaceVpcEndpointAwsService.AIRFLOW_ENV;
      // By the VPC: were it by the environment, another one's would take its place, and a VPC takes no second.
      const id = `AirflowEndpoint-${Token.isUnresolved(vpcId) ? name : getReferenceKey(vpcId)}`;
      made.set(vpc, new InterfaceEndpoint(this, id, { service, vpcId, subnets, cidrs }));
    }
    return made;
  }
}

const getVpcKey = ({ vpc }: EnvironmentConfig): string => getReferenceKey(vpc.id);

const readCatalogFiles = (environments: Readonly<Record<string, EnvironmentConfig>>): Record<string, string> =>
  Object.fromEntries(
    Object.values(environments).map(({ airflow }) => [
      `${CATALOG_FOLDER}/${airflow}.json`,
      serializeFile(readCatalog(airflow)),
    ]),
  );
