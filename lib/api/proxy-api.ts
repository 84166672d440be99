import { RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  AuthorizationType,
  EndpointType,
  type IAuthorizer,
  LogGroupLogDestination,
  type Method,
  type MethodDeploymentOptions,
  MethodLoggingLevel,
  Resource,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import { InterfaceVpcEndpoint, type IVpcEndpoint } from 'aws-cdk-lib/aws-ec2';
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
import type { ApiBranch } from './api-branch.ts';
import { createApiDomain } from './create-api-domain.ts';
import { addGatewayResponses } from './gateway-responses.ts';
import { allowInvocation, createLambdaIntegration } from './lambda-integration.ts';

export interface ProxyApiProps {
  readonly config: Config['api'];
  /** For those with a throttle of their own. */
  readonly environments: Readonly<Record<string, EnvironmentConfig>>;
  /** Those in force: where `config` names no callers, they do. */
  readonly grants: readonly Pick<ConfigGrant, 'who'>[];
  readonly logs: LogOptions;
  /** Ids of the `execute-api` endpoints of a private API. */
  readonly vpcEndpoints: readonly string[] | undefined;
}

/** What is behind the paths of one environment. */
export interface EnvironmentRoutes {
  readonly name: string;
  readonly relay: IFunction;
  readonly front: IFunction;
  readonly integrationSeconds: number;
}

/** The REST API in front of the functions: who may call, how often, and where a request goes. */
export class ProxyApi extends Construct {
  readonly restApi: RestApi;
  readonly accessLog: LogGroup;
  /** What a function must know to trust an event. */
  readonly apiStage: ApiStage;
  /** Address of the API, with a slash at its end. */
  readonly url: string;
  readonly #responseMode: Config['api']['responses'];
  readonly #branches: ApiBranch[] = [];

  constructor(scope: Construct, id: string, { config, environments, grants, logs, vpcEndpoints }: ProxyApiProps) {
    super(scope, id);
    const { stageName, callers, endpoint, domain, webAcl } = config;
    const { partition, account, stackName } = Stack.of(this);
    this.#responseMode = config.responses;
    this.accessLog = createAuditLogGroup(this, 'AccessLog', logs);
    this.restApi = new RestApi(this, 'Api', {
      restApiName: stackName,
      description: 'Allow-listed Airflow CLI commands on Amazon MWAA',
      endpointConfiguration:
        endpoint === 'private'
          ? {
              types: [EndpointType.PRIVATE],
              vpcEndpoints: (vpcEndpoints ?? []).map((one) => this.#importVpcEndpoint(one)),
            }
          : { types: [EndpointType.REGIONAL] },
      policy: PolicyDocument.fromJson(
        createResourcePolicy({
          ...resolveApiCallers(callers, grants),
          vpcEndpoints: endpoint === 'private' ? resolveSourceEndpoints(config, vpcEndpoints) : undefined,
          ...{ stage: stageName, partition, ownAccount: account },
        }),
      ),
      disableExecuteApiEndpoint: domain !== undefined,
      // An account in which no stage has logged yet refuses a stage with an access log unless this role is set. It holds
      // for the whole account and region, so it stays when the stack goes: others may rely on it by then.
      ...(config.logRole === 'create'
        ? { cloudWatchRole: true, cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN }
        : { cloudWatchRole: false }),
      deployOptions: {
        stageName,
        ...createMethodDefaults(config),
        methodOptions: createMethodSettings(config, environments),
        tracingEnabled: config.tracing,
        accessLogDestination: new LogGroupLogDestination(this.accessLog),
        accessLogFormat: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG_FIELDS)),
      },
    });
    // The stack names its outputs itself.
    this.restApi.node.tryRemoveChild('Endpoint');
    this.apiStage = { id: this.restApi.restApiId, stage: stageName };
    this.url = domain === undefined ? this.restApi.url : createApiDomain(this, this.restApi, domain);
    this.#branches.push({
      prefix: '',
      environments: this.restApi.root.addResource('environments'),
      authorization: { authorizationType: AuthorizationType.IAM },
    });
    if (webAcl !== undefined) {
      new CfnWebACLAssociation(this, 'WebAcl', {
        webAclArn: webAcl,
        resourceArn: this.restApi.deploymentStage.stageArn,
      });
    }
    addGatewayResponses(this, this.restApi, config.oidc);
    this.#acknowledgeFindings(webAcl !== undefined);
  }

  /** What a caller's own policy must allow. */
  get invokeArns(): string[] {
    return ['environments', 'environments/*'].map((path) =>
      this.restApi.arnForExecuteApi('*', `/${path}`, this.apiStage.stage),
    );
  }

  /** The same paths once more below `/oidc`, for callers with a token. */
  addOidcBranch(authorizer: IAuthorizer): void {
    this.#branches.push({
      prefix: `/${OIDC_PATH}`,
      environments: this.restApi.root.addResource(OIDC_PATH).addResource('environments'),
      authorization: { authorizationType: AuthorizationType.CUSTOM, authorizer },
    });
  }

  /** `GET …/environments`, and the directory's permission for its paths of every environment. */
  addFrontRoutes(directory: IFunction): void {
    const integration = createLambdaIntegration(directory, 'buffered', FRONT_INTEGRATION_SECONDS);
    for (const { prefix, environments, authorization } of this.#branches) {
      acknowledgeAuthorization(environments.addMethod('GET', integration, authorization), prefix);
      const paths = [
        ['GET', '/environments'],
        ...Object.entries(FRONT_ROUTES).map(([path, method]) => [method, `/environments/*/${path}`]),
      ] as const;
      for (const [method, path] of paths) {
        const where = `${prefix}${path}`;
        allowInvocation(
          this,
          `Directory${where.replaceAll(/\W/g, '-')}`,
          directory,
          this.apiStage,
          method ?? '',
          where,
        );
      }
    }
  }

  /** `…/environments/{name}/…` behind every door. The resources stand in the scope, the nested stack of the environment. */
  addEnvironmentRoutes(scope: Construct, { name, relay, front, integrationSeconds }: EnvironmentRoutes): void {
    const relayed = createLambdaIntegration(relay, this.#responseMode, integrationSeconds);
    const listed = createLambdaIntegration(front, 'buffered', FRONT_INTEGRATION_SECONDS);
    for (const { prefix, environments, authorization } of this.#branches) {
      const door = new Construct(scope, prefix === '' ? 'Signed' : 'Tokens');
      const environment = new Resource(door, 'Environment', { parent: environments, pathPart: name });
      for (const [path, method] of Object.entries(RELAY_ROUTES)) {
        acknowledgeAuthorization(environment.addResource(path).addMethod(method, relayed, authorization), prefix);
        allowInvocation(door, `Relay-${path}`, relay, this.apiStage, method, `${prefix}/environments/${name}/${path}`);
      }
      for (const [path, method] of Object.entries(FRONT_ROUTES)) {
        acknowledgeAuthorization(environment.addResource(path).addMethod(method, listed, authorization), prefix);
      }
    }
  }

  #importVpcEndpoint(vpcEndpointId: string): IVpcEndpoint {
    const id = `Endpoint${this.node.children.length}`;
    return InterfaceVpcEndpoint.fromInterfaceVpcEndpointAttributes(this, id, { vpcEndpointId, port: 443 });
  }

  #acknowledgeFindings(hasWebAcl: boolean): void {
    Validations.of(this.restApi.node.findChild('Resource')).acknowledge({
      id: 'AwsSolutions-APIG2',
      reason:
        'The relay reads the body itself, strictly: it may be JSON or text, and each refusal says what to change.',
    });
    Validations.of(this.restApi.deploymentStage).acknowledge(
      ...(hasWebAcl
        ? []
        : ([
            {
              id: 'AwsSolutions-APIG3',
              reason: 'A web ACL is the choice of the account (api.webAcl): every request is authorized first.',
            },
          ] as const)),
      {
        id: 'AwsSolutions-APIG6',
        reason:
          'Execution logs hold headers and bodies, secrets included. The access log and audit lines replace them.',
      },
    );
    const role = this.restApi.node.tryFindChild('CloudWatchRole');
    if (role === undefined) return;
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]`,
      reason: "AWS's own policy for the account-wide role with which API Gateway writes logs.",
    });
  }
}

/** How long API Gateway waits for the directory, which asks nobody. */
const FRONT_INTEGRATION_SECONDS = 15;

/** The endpoints that requests to a private API may come through. */
function resolveSourceEndpoints({ callers }: Config['api'], own: readonly string[] | undefined): string[] {
  return [...(callers.vpcEndpoints?.map(resolveReference) ?? own ?? [])];
}

const createMethodDefaults = ({ throttling, executionLog }: Config['api']): MethodDeploymentOptions => ({
  throttlingRateLimit: throttling.ratePerSecond,
  throttlingBurstLimit: throttling.burst,
  // Its fuller levels hold headers and bodies, which is where callers' session tokens and commands' secrets are.
  loggingLevel: executionLog === 'error' ? MethodLoggingLevel.ERROR : MethodLoggingLevel.OFF,
  dataTraceEnabled: false,
});

/** The throttles of the environments that have their own, for each door. */
function createMethodSettings(
  config: Config['api'],
  environments: ProxyApiProps['environments'],
): Record<string, MethodDeploymentOptions> {
  const prefixes = config.oidc === undefined ? [''] : ['', `/${OIDC_PATH}`];
  return Object.fromEntries(
    Object.entries(environments).flatMap(([name, { throttling }]) =>
      throttling === undefined
        ? []
        : prefixes.map((prefix) => [
            `${prefix}/environments/${name}/cli/${RELAY_ROUTES.cli}`,
            createMethodDefaults({ ...config, throttling }),
          ]),
    ),
  );
}

function acknowledgeAuthorization(method: Method, prefix: string): void {
  Validations.of(method).acknowledge({
    id: 'AwsSolutions-COG4',
    reason:
      prefix === ''
        ? 'Callers are IAM principals (Signature Version 4), not users of a Cognito pool.'
        : 'Callers carry a token of any OIDC issuer, which a Lambda authorizer checks.',
  });
}
