import { Token } from 'aws-cdk-lib';
import { InterfaceVpcEndpointAwsService } from 'aws-cdk-lib/aws-ec2';
import { ManagedPolicy, PermissionsBoundary } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { AUTHORIZER, CATALOGUE_FOLDER, DIRECTORY, type FunctionNames, RELAY } from '../lambda/names.ts';
import { OidcAuthorizer } from './api/oidc-authorizer.ts';
import { ProxyApi } from './api/proxy-api.ts';
import { readCatalogue } from './config/catalogues.ts';
import type { Config, Environment } from './config/config-types.ts';
import { EnvironmentStack } from './environment-stack.ts';
import { bundler, entryOf } from './functions/bundle.ts';
import { directoryFunction } from './functions/directory-function.ts';
import {
  authorizerFile,
  directoryFile,
  environmentFile,
  fileText,
  grantSentences,
  grantsOf,
} from './functions/function-files.ts';
import { InterfaceEndpoint } from './functions/interface-endpoint.ts';
import type { LogOptions } from './functions/log-group.ts';
import type { ProxyFunction } from './functions/proxy-function.ts';
import { keyOf, referenced } from './functions/reference.ts';
import { ApiAlarms } from './operations/api-alarms.ts';
import { OperationsDashboard } from './operations/dashboard.ts';
import { SavedQueries } from './operations/saved-queries.ts';

/** The part of a checked configuration that is deployed to one account and region. */
export type ProxyConfig = Pick<
  Config,
  'api' | 'environments' | 'grants' | 'kmsKey' | 'permissionsBoundary' | 'logs' | 'operations'
>;

/** The module to bundle for each kind of function. Left out: ours. */
export type Entries = (names: FunctionNames) => string;

/** Everything that is deployed to one account and region: one API, and what is behind it. */
export class CliProxy extends Construct {
  readonly api: ProxyApi;
  readonly directory: ProxyFunction;
  readonly oidc: OidcAuthorizer | undefined;
  /** By name, of the environments that are on. */
  readonly environments: Readonly<Record<string, EnvironmentStack>>;

  constructor(scope: Construct, id: string, config: ProxyConfig, entries: Entries = entryOf) {
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
      grants: Object.keys(on).flatMap((name) => grantsOf(config, name)),
      logs,
      vpcEndpoints: this.#executeApiEndpoints(apiConfig),
    });
    this.directory = directoryFunction(this, 'Directory', {
      code: bundler(
        DIRECTORY,
        entries(DIRECTORY),
      )({
        [DIRECTORY.data]: fileText(directoryFile(config, on)),
        ...cataloguesOf(on),
      }),
      logs,
      api: this.api.trusted,
    });
    if (apiConfig.oidc !== undefined) {
      const file = authorizerFile(config, on, apiConfig.oidc);
      this.oidc = new OidcAuthorizer(this, 'Oidc', {
        code: bundler(AUTHORIZER, entries(AUTHORIZER))({ [AUTHORIZER.data]: fileText(file) }),
        logs,
        cacheSeconds: apiConfig.oidc.cacheSeconds,
      });
      this.api.openToTokens(this.oidc.authorizer);
    }
    this.api.addDirectory(this.directory.function);

    const endpoints = this.#airflowEndpoints(config.environments);
    const bundle = bundler(RELAY, entries(RELAY));
    this.environments = Object.fromEntries(
      Object.entries(on).map(([name, environment]) => [
        name,
        new EnvironmentStack(this, `Environment-${name}`, {
          ...{
            name,
            environment,
            logs,
            responses: apiConfig.responses,
            api: this.api,
            directory: this.directory.function,
          },
          code: bundle({ [RELAY.data]: fileText(environmentFile(config, name, environment)) }),
          madeEndpoint: endpoints.get(vpcOf(environment))?.securityGroupId,
          grantSentences: grantSentences(grantsOf(config, name)),
          operations: config.operations,
        }),
      ]),
    );
    this.#watch(config.operations);
  }

  #watch(operations: Config['operations']): void {
    const { alarms } = new ApiAlarms(this, 'Alarms', {
      ...operations,
      api: this.api.restApi,
      directory: this.directory.function,
      authorizer: this.oidc?.check.function,
    });
    new OperationsDashboard(this, 'Operations', { api: this.api.restApi, alarms });
    new SavedQueries(this, 'Queries', {
      relays: Object.values(this.environments).map(({ relay }) => relay.relay.logGroup),
      accessLog: this.api.accessLog,
    });
  }

  /** Those of a private API: there already, or made here. */
  #executeApiEndpoints({ vpcEndpoint }: Config['api']): string[] | undefined {
    if (vpcEndpoint === undefined) return undefined;
    const { ids, create } = vpcEndpoint;
    if (create === undefined) return ids?.map(referenced);
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
  #airflowEndpoints(environments: Readonly<Record<string, Environment>>): Map<string, InterfaceEndpoint> {
    const made = new Map<string, InterfaceEndpoint>();
    for (const [name, environment] of Object.entries(environments)) {
      const { id: vpcId, subnets, airflowEndpoint } = environment.vpc;
      const vpc = vpcOf(environment);
      if (airflowEndpoint?.create === undefined || made.has(vpc)) continue;
      const { cidrs } = airflowEndpoint.create;
      const service = InterfaceVpcEndpointAwsService.AIRFLOW_ENV;
      // By the VPC: were it by the environment, another one's would take its place, and a VPC takes no second.
      const id = `AirflowEndpoint-${Token.isUnresolved(vpcId) ? name : keyOf(vpcId)}`;
      made.set(vpc, new InterfaceEndpoint(this, id, { service, vpcId, subnets, cidrs }));
    }
    return made;
  }
}

const vpcOf = ({ vpc }: Environment): string => keyOf(vpc.id);

const cataloguesOf = (environments: Readonly<Record<string, Environment>>): Record<string, string> =>
  Object.fromEntries(
    Object.values(environments).map(({ airflow }) => [
      `${CATALOGUE_FOLDER}/${airflow}.json`,
      fileText(readCatalogue(airflow)),
    ]),
  );
