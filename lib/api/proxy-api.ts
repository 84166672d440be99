import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  AuthorizationType,
  type CfnRestApi,
  type EndpointConfiguration,
  EndpointType,
  type IAuthorizer,
  type IResource,
  LogGroupLogDestination,
  type MethodOptions,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import { InterfaceVpcEndpoint } from 'aws-cdk-lib/aws-ec2';
import { PolicyDocument } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct, type IDependable } from 'constructs';
import { resolveApiCallers } from '../../config/api-callers.ts';
import type { Config, ConfigGrant } from '../../config/config-types.ts';
import { type AccountList, createResourcePolicy } from '../../config/resource-policy.ts';
import { resolveFrontTimeouts } from '../../config/timeouts.ts';
import { ENVIRONMENT_ROUTES, OIDC_PATH, REST_PATH_PARAMETER, REST_ROUTE } from '../../contract/routes.ts';
import type { ApiStage } from '../functions/api-stage.ts';
import { createAuditLogGroup, type LogOptions } from '../functions/audit-log-group.ts';
import { resolveReference } from '../functions/resource-reference.ts';
import { ACCESS_LOG_FIELDS } from './access-log-fields.ts';
import { acknowledgeApiFindings, acknowledgeAuthorization } from './acknowledge-findings.ts';
import type { CallerKind } from './caller-kind.ts';
import { createApiDomain } from './create-api-domain.ts';
import { addGatewayResponses } from './gateway-responses.ts';
import { createLambdaIntegration } from './lambda-integration.ts';
import { createMethodDefaults } from './method-throttling.ts';

export interface ProxyApiProps {
  /** The name of the API. */
  readonly name: string;
  readonly config: Config['api'];
  /** The active grants. They define the callers if `config.callers` is not set. */
  readonly grants: readonly Pick<ConfigGrant, 'who'>[];
  /** Whether an environment offers Airflow's REST API. */
  readonly offersRest: boolean;
  readonly logs: LogOptions;
  /** The IDs of the `execute-api` endpoints of a private API. */
  readonly vpcEndpoints: readonly string[] | undefined;
  /** The accounts that may call the API, if they are known only at deployment. They replace `config.callers`. */
  readonly callerAccounts?: AccountList;
}

/** The REST API in front of the front function: who may call it, and how often. */
export class ProxyApi extends Construct {
  readonly restApi: RestApi;
  readonly accessLog: LogGroup;
  /** The API and stage whose events the functions trust. */
  readonly apiStage: ApiStage;
  /** The URL of the API, without a trailing slash. */
  readonly url: string;
  /**
   * The URLs of a private API through each of its `execute-api` endpoints, without a trailing slash. They work from the VPC of the
   * endpoint whether or not the endpoint has private DNS.
   */
  readonly endpointUrls: readonly string[];
  readonly #responseMode: Config['api']['responses'];
  readonly #integrationSeconds: number;
  readonly #offersRest: boolean;

  constructor(scope: Construct, id: string, props: ProxyApiProps) {
    super(scope, id);
    const { config, logs } = props;
    this.#responseMode = config.responses;
    this.#offersRest = props.offersRest;
    this.#integrationSeconds = resolveFrontTimeouts(config.responses, config.integrationSeconds).integrationSeconds;
    this.accessLog = createAuditLogGroup(this, 'AccessLog', logs);
    this.restApi = this.#createRestApi(props);
    this.apiStage = { id: this.restApi.restApiId, stage: config.stageName };
    const { region, urlSuffix } = Stack.of(this);
    this.url =
      config.domain === undefined
        ? `https://${this.restApi.restApiId}.execute-api.${region}.${urlSuffix}/${config.stageName}`
        : createApiDomain(this, this.restApi, config.domain);
    this.endpointUrls = (props.vpcEndpoints ?? []).map(
      (id) => `https://${this.restApi.restApiId}-${id}.execute-api.${region}.${urlSuffix}/${config.stageName}`,
    );
    if (config.webAcl !== undefined) {
      new CfnWebACLAssociation(this, 'WebAcl', {
        webAclArn: config.webAcl,
        resourceArn: this.restApi.deploymentStage.stageArn,
      });
    }
    addGatewayResponses(this, this.restApi, { tokens: config.oidc, offersRest: props.offersRest });
    acknowledgeApiFindings(this.restApi, config.webAcl !== undefined);
  }

  /** The resource ARNs that the identity policy of a caller must allow. */
  get invokeArns(): string[] {
    return ['environments', 'environments/*'].map((path) =>
      this.restApi.arnForExecuteApi('*', `/${path}`, this.apiStage.stage),
    );
  }

  /** Adds all paths for callers with a token, below `/oidc`. */
  addOidcRoutes(authorizer: IAuthorizer, front: IFunction): void {
    const authorization = { authorizationType: AuthorizationType.CUSTOM, authorizer };
    this.#addRoutes('oidc', this.restApi.root.addResource(OIDC_PATH), authorization, front);
  }

  /** Adds all paths for callers who sign their requests. */
  addIamRoutes(front: IFunction): void {
    this.#addRoutes('iam', this.restApi.root, { authorizationType: AuthorizationType.IAM }, front);
  }

  /** Callers get a change of the API only after these constructs, such as the policy that lets it invoke a new function. */
  serveAfter(...dependencies: IDependable[]): void {
    this.restApi.latestDeployment?.node.addDependency(...dependencies);
  }

  /** One path parameter stands for all environments, so their number is not limited by the quotas of API Gateway. */
  #addRoutes(kind: CallerKind, parent: IResource, authorization: MethodOptions, front: IFunction): void {
    const integration = createLambdaIntegration(front, this.#responseMode, this.#integrationSeconds);
    const addMethod = (resource: IResource, method: string) =>
      acknowledgeAuthorization(resource.addMethod(method, integration, authorization), kind);
    const environments = parent.addResource('environments');
    addMethod(environments, 'GET');
    const environment = environments.addResource('{environment}');
    for (const [path, method] of Object.entries(ENVIRONMENT_ROUTES)) addMethod(environment.addResource(path), method);
    if (this.#offersRest)
      addMethod(environment.addResource(REST_ROUTE).addResource(`{${REST_PATH_PARAMETER}+}`), 'ANY');
  }

  #createRestApi({ name, config, grants, vpcEndpoints, callerAccounts }: ProxyApiProps): RestApi {
    const { partition, account } = Stack.of(this);
    const resourcePolicy = createResourcePolicy({
      ...(callerAccounts ?? resolveApiCallers(config.callers, grants)),
      vpcEndpoints: config.endpoint === 'private' ? resolveSourceEndpoints(config, vpcEndpoints) : undefined,
      stage: config.stageName,
      partition,
      ownAccount: account,
    });
    const restApi = new RestApi(this, 'Api', {
      restApiName: name,
      description: 'Allow-listed Airflow CLI commands on Amazon MWAA',
      endpointConfiguration: this.#createEndpointConfiguration(config, vpcEndpoints),
      ...(callerAccounts === undefined ? { policy: PolicyDocument.fromJson(resourcePolicy) } : {}),
      // The front gets the bytes of every body as base64. As text, API Gateway would replace bytes that are not UTF-8. Responses are
      // not affected, because the front returns no base64.
      binaryMediaTypes: ['*/*'],
      disableExecuteApiEndpoint: config.domain !== undefined,
      // Without this role, API Gateway rejects a stage with an access log in an account in which no stage has logged before. The
      // role applies to the whole account and region, so it is retained: other stages may rely on it.
      ...(config.logRole === 'create'
        ? { cloudWatchRole: true, cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN }
        : { cloudWatchRole: false }),
      deployOptions: {
        stageName: config.stageName,
        ...createMethodDefaults(config),
        tracingEnabled: config.tracing,
        accessLogDestination: new LogGroupLogDestination(this.accessLog),
        accessLogFormat: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG_FIELDS)),
      },
    });
    // The class PolicyDocument rejects lists that are known only at deployment.
    if (callerAccounts !== undefined) (restApi.node.defaultChild as CfnRestApi).policy = resourcePolicy;
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
