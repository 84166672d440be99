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
import { DIRECTORY_ROUTES, OIDC_PATH, RELAY_ROUTES } from '../../lambda/names.ts';
import type { Config, Environment, Grant } from '../config/config-types.ts';
import type { ApiOfStage } from '../functions/api-variables.ts';
import { auditLogGroup, type LogOptions } from '../functions/log-group.ts';
import { referenced } from '../functions/reference.ts';
import { ACCESS_LOG_FIELDS } from './access-log.ts';
import { apiDomain } from './api-domain.ts';
import type { Door } from './door.ts';
import { addGatewayResponses } from './gateway-responses.ts';
import { lambdaProxy, permit } from './lambda-proxy.ts';
import { namedCallers } from './named-callers.ts';
import { resourcePolicy } from './resource-policy.ts';

export interface ProxyApiProps {
  readonly config: Config['api'];
  /** For those with a throttle of their own. */
  readonly environments: Readonly<Record<string, Environment>>;
  /** Those in force: where `config` names no callers, they do. */
  readonly grants: readonly Pick<Grant, 'who'>[];
  readonly logs: LogOptions;
  /** Ids of the `execute-api` endpoints of a private API. */
  readonly vpcEndpoints: readonly string[] | undefined;
}

/** What is behind the paths of one environment. */
export interface EnvironmentRoutes {
  readonly name: string;
  readonly relay: IFunction;
  readonly directory: IFunction;
  readonly integrationSeconds: number;
}

/** The REST API in front of the functions: who may call, how often, and where a request goes. */
export class ProxyApi extends Construct {
  readonly restApi: RestApi;
  readonly accessLog: LogGroup;
  /** What a function must know to trust an event. */
  readonly trusted: ApiOfStage;
  /** Address of the API, with a slash at its end. */
  readonly url: string;
  readonly #responses: Config['api']['responses'];
  readonly #doors: Door[] = [];

  constructor(scope: Construct, id: string, { config, environments, grants, logs, vpcEndpoints }: ProxyApiProps) {
    super(scope, id);
    const { stageName, callers, endpoint, domain, webAcl } = config;
    const { partition, account, stackName } = Stack.of(this);
    this.#responses = config.responses;
    this.accessLog = auditLogGroup(this, 'AccessLog', logs);
    this.restApi = new RestApi(this, 'Api', {
      restApiName: stackName,
      description: 'Allow-listed Airflow CLI commands on Amazon MWAA',
      endpointConfiguration:
        endpoint === 'private'
          ? { types: [EndpointType.PRIVATE], vpcEndpoints: (vpcEndpoints ?? []).map((one) => this.#endpoint(one)) }
          : { types: [EndpointType.REGIONAL] },
      policy: PolicyDocument.fromJson(
        resourcePolicy({
          ...namedCallers(callers, grants),
          vpcEndpoints: endpoint === 'private' ? sourceEndpoints(config, vpcEndpoints) : undefined,
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
        ...methodDefaults(config),
        methodOptions: methodSettings(config, environments),
        tracingEnabled: config.tracing,
        accessLogDestination: new LogGroupLogDestination(this.accessLog),
        accessLogFormat: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG_FIELDS)),
      },
    });
    // The stack names its outputs itself.
    this.restApi.node.tryRemoveChild('Endpoint');
    this.trusted = { id: this.restApi.restApiId, stage: stageName };
    this.url = domain === undefined ? this.restApi.url : apiDomain(this, this.restApi, domain);
    this.#doors.push({
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
    this.#acknowledge(webAcl !== undefined);
  }

  /** What a caller's own policy must allow. */
  get invokeArns(): string[] {
    return ['environments', 'environments/*'].map((path) =>
      this.restApi.arnForExecuteApi('*', `/${path}`, this.trusted.stage),
    );
  }

  /** The same paths once more below `/oidc`, for callers with a token. */
  openToTokens(authorizer: IAuthorizer): void {
    this.#doors.push({
      prefix: `/${OIDC_PATH}`,
      environments: this.restApi.root.addResource(OIDC_PATH).addResource('environments'),
      authorization: { authorizationType: AuthorizationType.CUSTOM, authorizer },
    });
  }

  /** `GET …/environments`, and the directory's permission for its paths of every environment. */
  addDirectory(directory: IFunction): void {
    const integration = lambdaProxy(directory, 'buffered', DIRECTORY_SECONDS);
    for (const { prefix, environments, authorization } of this.#doors) {
      explain(environments.addMethod('GET', integration, authorization), prefix);
      const paths = [
        ['GET', '/environments'],
        ...Object.entries(DIRECTORY_ROUTES).map(([path, method]) => [method, `/environments/*/${path}`]),
      ] as const;
      for (const [method, path] of paths) {
        const where = `${prefix}${path}`;
        permit(this, `Directory${where.replaceAll(/\W/g, '-')}`, directory, this.trusted, method ?? '', where);
      }
    }
  }

  /** `…/environments/{name}/…` behind every door. The resources stand in the scope, the nested stack of the environment. */
  addEnvironment(scope: Construct, { name, relay, directory, integrationSeconds }: EnvironmentRoutes): void {
    const relayed = lambdaProxy(relay, this.#responses, integrationSeconds);
    const listed = lambdaProxy(directory, 'buffered', DIRECTORY_SECONDS);
    for (const { prefix, environments, authorization } of this.#doors) {
      const door = new Construct(scope, prefix === '' ? 'Signed' : 'Tokens');
      const environment = new Resource(door, 'Environment', { parent: environments, pathPart: name });
      for (const [path, method] of Object.entries(RELAY_ROUTES)) {
        explain(environment.addResource(path).addMethod(method, relayed, authorization), prefix);
        permit(door, `Relay-${path}`, relay, this.trusted, method, `${prefix}/environments/${name}/${path}`);
      }
      for (const [path, method] of Object.entries(DIRECTORY_ROUTES)) {
        explain(environment.addResource(path).addMethod(method, listed, authorization), prefix);
      }
    }
  }

  #endpoint(vpcEndpointId: string): IVpcEndpoint {
    const id = `Endpoint${this.node.children.length}`;
    return InterfaceVpcEndpoint.fromInterfaceVpcEndpointAttributes(this, id, { vpcEndpointId, port: 443 });
  }

  #acknowledge(hasWebAcl: boolean): void {
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
              reason: 'A web ACL is the choice of the account (api.webAcl): every request is authorised first.',
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
const DIRECTORY_SECONDS = 15;

/** The endpoints that requests to a private API may come through. */
function sourceEndpoints({ callers }: Config['api'], own: readonly string[] | undefined): string[] {
  return [...(callers.vpcEndpoints?.map(referenced) ?? own ?? [])];
}

const methodDefaults = ({ throttling, executionLog }: Config['api']): MethodDeploymentOptions => ({
  throttlingRateLimit: throttling.ratePerSecond,
  throttlingBurstLimit: throttling.burst,
  // Its fuller levels hold headers and bodies, which is where callers' session tokens and commands' secrets are.
  loggingLevel: executionLog === 'error' ? MethodLoggingLevel.ERROR : MethodLoggingLevel.OFF,
  dataTraceEnabled: false,
});

/** The throttles of the environments that have their own, for each door. */
function methodSettings(
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
            methodDefaults({ ...config, throttling }),
          ]),
    ),
  );
}

function explain(method: Method, prefix: string): void {
  Validations.of(method).acknowledge({
    id: 'AwsSolutions-COG4',
    reason:
      prefix === ''
        ? 'Callers are IAM principals (Signature Version 4), not users of a Cognito pool.'
        : 'Callers carry a token of any OIDC issuer, which a Lambda authoriser checks.',
  });
}
