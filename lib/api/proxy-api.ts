import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  AuthorizationType,
  type EndpointConfiguration,
  EndpointType,
  type IAuthorizer,
  LogGroupLogDestination,
  Resource,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import { InterfaceVpcEndpoint } from 'aws-cdk-lib/aws-ec2';
import { PolicyDocument } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { resolveApiCallers } from '../../config/api-callers.ts';
import type { Config, ConfigGrant, EnvironmentConfig } from '../../config/config-types.ts';
import { createResourcePolicy } from '../../config/resource-policy.ts';
import { FRONT_ROUTES, OIDC_PATH, RELAY_ROUTES } from '../../contract/routes.ts';
import type { ApiStage } from '../functions/api-stage.ts';
import { createAuditLogGroup, type LogOptions } from '../functions/audit-log-group.ts';
import { resolveReference } from '../functions/resource-reference.ts';
import { ACCESS_LOG_FIELDS } from './access-log-fields.ts';
import { acknowledgeApiFindings, acknowledgeAuthorization } from './acknowledge-findings.ts';
import { type ApiBranch, BRANCH_PREFIXES } from './api-branch.ts';
import { createApiDomain } from './create-api-domain.ts';
import { addGatewayResponses } from './gateway-responses.ts';
import { allowInvocation, createLambdaIntegration } from './lambda-integration.ts';
import { createMethodDefaults, createMethodOverrides } from './method-throttling.ts';

export interface ProxyApiProps {
  readonly config: Config['api'];
  /** The enabled environments, some of which may have their own throttling. */
  readonly environments: Readonly<Record<string, EnvironmentConfig>>;
  /** The active grants. They define the callers if `config.callers` is not set. */
  readonly grants: readonly Pick<ConfigGrant, 'who'>[];
  readonly logs: LogOptions;
  /** The IDs of the `execute-api` endpoints of a private API. */
  readonly vpcEndpoints: readonly string[] | undefined;
}

/** The functions behind the paths of one environment. */
export interface EnvironmentRoutes {
  readonly name: string;
  readonly relay: IFunction;
  readonly front: IFunction;
  readonly integrationSeconds: number;
}

/** How long API Gateway waits for the front function, which calls no other service. */
const FRONT_INTEGRATION_SECONDS = 15;

/** The REST API in front of the functions: who may call it, how often, and which function a request invokes. */
export class ProxyApi extends Construct {
  readonly restApi: RestApi;
  readonly accessLog: LogGroup;
  /** The API and stage whose events the functions trust. */
  readonly apiStage: ApiStage;
  /** The URL of the API, with a trailing slash. */
  readonly url: string;
  readonly #responseMode: Config['api']['responses'];
  readonly #branches: ApiBranch[] = [];

  constructor(scope: Construct, id: string, props: ProxyApiProps) {
    super(scope, id);
    const { config, logs } = props;
    this.#responseMode = config.responses;
    this.accessLog = createAuditLogGroup(this, 'AccessLog', logs);
    this.restApi = this.#createRestApi(props);
    this.apiStage = { id: this.restApi.restApiId, stage: config.stageName };
    this.url = config.domain === undefined ? this.restApi.url : createApiDomain(this, this.restApi, config.domain);
    this.#branches.push({
      kind: 'iam',
      environments: this.restApi.root.addResource('environments'),
      authorization: { authorizationType: AuthorizationType.IAM },
    });
    if (config.webAcl !== undefined) {
      new CfnWebACLAssociation(this, 'WebAcl', {
        webAclArn: config.webAcl,
        resourceArn: this.restApi.deploymentStage.stageArn,
      });
    }
    addGatewayResponses(this, this.restApi, config.oidc);
    acknowledgeApiFindings(this.restApi, config.webAcl !== undefined);
  }

  /** The resource ARNs that the identity policy of a caller must allow. */
  get invokeArns(): string[] {
    return ['environments', 'environments/*'].map((path) =>
      this.restApi.arnForExecuteApi('*', `/${path}`, this.apiStage.stage),
    );
  }

  /** Adds the branch `/oidc`, with the same paths, for callers with a token. Call it before the methods that add routes. */
  addOidcBranch(authorizer: IAuthorizer): void {
    this.#branches.push({
      kind: 'oidc',
      environments: this.restApi.root.addResource(OIDC_PATH).addResource('environments'),
      authorization: { authorizationType: AuthorizationType.CUSTOM, authorizer },
    });
  }

  /** Adds `GET …/environments`, and allows the API to invoke the front function for its paths of every environment. */
  addFrontRoutes(front: IFunction): void {
    const integration = createLambdaIntegration(front, 'buffered', FRONT_INTEGRATION_SECONDS);
    const routes = [
      { method: 'GET', path: '/environments' },
      ...Object.entries(FRONT_ROUTES).map(([path, method]) => ({ method, path: `/environments/*/${path}` })),
    ];
    for (const { kind, environments, authorization } of this.#branches) {
      acknowledgeAuthorization(environments.addMethod('GET', integration, authorization), kind);
      for (const { method, path } of routes) {
        const fullPath = `${BRANCH_PREFIXES[kind]}${path}`;
        allowInvocation(this, `Front${fullPath.replaceAll(/\W/g, '-')}`, front, this.apiStage, method, fullPath);
      }
    }
  }

  /** Adds `…/environments/{name}/…` to every branch. The resources are in `scope`, the nested stack of the environment. */
  addEnvironmentRoutes(scope: Construct, { name, relay, front, integrationSeconds }: EnvironmentRoutes): void {
    const relayIntegration = createLambdaIntegration(relay, this.#responseMode, integrationSeconds);
    const frontIntegration = createLambdaIntegration(front, 'buffered', FRONT_INTEGRATION_SECONDS);
    for (const { kind, environments, authorization } of this.#branches) {
      const branchScope = new Construct(scope, kind === 'iam' ? 'IamRoutes' : 'OidcRoutes');
      const environment = new Resource(branchScope, 'Environment', { parent: environments, pathPart: name });
      for (const [path, method] of Object.entries(RELAY_ROUTES)) {
        const fullPath = `${BRANCH_PREFIXES[kind]}/environments/${name}/${path}`;
        acknowledgeAuthorization(
          environment.addResource(path).addMethod(method, relayIntegration, authorization),
          kind,
        );
        allowInvocation(branchScope, `Relay-${path}`, relay, this.apiStage, method, fullPath);
      }
      for (const [path, method] of Object.entries(FRONT_ROUTES)) {
        acknowledgeAuthorization(
          environment.addResource(path).addMethod(method, frontIntegration, authorization),
          kind,
        );
      }
    }
  }

  #createRestApi({ config, environments, grants, vpcEndpoints }: ProxyApiProps): RestApi {
    const { partition, account, stackName } = Stack.of(this);
    const restApi = new RestApi(this, 'Api', {
      restApiName: stackName,
      description: 'Allow-listed Airflow CLI commands on Amazon MWAA',
      endpointConfiguration: this.#createEndpointConfiguration(config, vpcEndpoints),
      policy: PolicyDocument.fromJson(
        createResourcePolicy({
          ...resolveApiCallers(config.callers, grants),
          vpcEndpoints: config.endpoint === 'private' ? resolveSourceEndpoints(config, vpcEndpoints) : undefined,
          stage: config.stageName,
          partition,
          ownAccount: account,
        }),
      ),
      disableExecuteApiEndpoint: config.domain !== undefined,
      // Without this role, API Gateway rejects a stage with an access log in an account in which no stage has logged before. The
      // role applies to the whole account and region, so it is retained: other stages may rely on it.
      ...(config.logRole === 'create'
        ? { cloudWatchRole: true, cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN }
        : { cloudWatchRole: false }),
      deployOptions: {
        stageName: config.stageName,
        ...createMethodDefaults(config),
        methodOptions: createMethodOverrides(config, environments),
        tracingEnabled: config.tracing,
        accessLogDestination: new LogGroupLogDestination(this.accessLog),
        accessLogFormat: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG_FIELDS)),
      },
    });
    // Removes the output that the CDK adds. The stack defines its own.
    restApi.node.tryRemoveChild('Endpoint');
    return restApi;
  }

  #createEndpointConfiguration(
    { endpoint }: Config['api'],
    vpcEndpoints: readonly string[] = [],
  ): EndpointConfiguration {
    if (endpoint === 'regional') return { types: [EndpointType.REGIONAL] };
    const importEndpoint = (vpcEndpointId: string, index: number) =>
      InterfaceVpcEndpoint.fromInterfaceVpcEndpointAttributes(this, `Endpoint${index}`, { vpcEndpointId, port: 443 });
    return { types: [EndpointType.PRIVATE], vpcEndpoints: vpcEndpoints.map(importEndpoint) };
  }
}

/** Returns the endpoints through which requests to a private API may arrive. */
const resolveSourceEndpoints = ({ callers }: Config['api'], vpcEndpoints: readonly string[] = []): readonly string[] =>
  callers.vpcEndpoints?.map(resolveReference) ?? vpcEndpoints;
