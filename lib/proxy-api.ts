import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  AuthorizationType,
  EndpointType,
  LambdaIntegration,
  LogGroupLogDestination,
  type Method,
  MethodLoggingLevel,
  MockIntegration,
  ResponseTransferMode,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { RELAY_ROUTES } from '../lambda/names.ts';
import { ACCESS_LOG_FIELDS } from './access-log.ts';
import type { Config } from './config.ts';
import { addGatewayResponses } from './gateway-responses.ts';
import { resourcePolicy } from './resource-policy.ts';
import type { TimeOuts } from './time-outs.ts';

/** The REST API in front of the relay functions: who may call, how often, and where a request goes. */
export class ProxyApi extends Construct {
  /** What a function must know to trust an event. The stage by its name: its resource would depend on the functions. */
  readonly trusted: { readonly id: string; readonly stage: string };
  readonly accessLog: LogGroup;
  readonly #api: RestApi;

  constructor(scope: Construct, id: string, { callers, stageName }: Config['api']) {
    super(scope, id);
    this.accessLog = new LogGroup(this, 'AccessLog', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.#api = new RestApi(this, 'Api', {
      restApiName: Stack.of(this).stackName,
      description: 'Allow-listed Airflow CLI commands on Amazon MWAA',
      endpointConfiguration: { types: [EndpointType.REGIONAL] },
      policy: resourcePolicy(callers, stageName, Stack.of(this).account),
      defaultMethodOptions: { authorizationType: AuthorizationType.IAM },
      // An account in which no stage has logged yet refuses a stage with an access log unless this role is set. It holds
      // for the whole account and region, so it stays when the stack goes: others may rely on it by then.
      cloudWatchRole: true,
      cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN,
      deployOptions: {
        stageName,
        throttlingRateLimit: 10,
        throttlingBurstLimit: 20,
        accessLogDestination: new LogGroupLogDestination(this.accessLog),
        accessLogFormat: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG_FIELDS)),
        // Execution logs hold headers and bodies, which is where callers' session tokens and commands' secrets are.
        loggingLevel: MethodLoggingLevel.OFF,
        dataTraceEnabled: false,
      },
    });
    // The stack names its outputs itself.
    this.#api.node.tryRemoveChild('Endpoint');
    this.trusted = { id: this.#api.restApiId, stage: stageName };
    addGatewayResponses(this, this.#api);
    this.#acknowledge();
  }

  get url(): string {
    return this.#api.url;
  }

  /** What a caller's own policy must allow, for every environment. */
  get invokeArn(): string {
    return this.#api.arnForExecuteApi('*', '/environments/*', this.trusted.stage);
  }

  /** `/environments/{name}/…`, each route streamed from the environment's own function. */
  addRelay(name: string, relay: IFunction, { integrationSeconds }: TimeOuts): void {
    const environments = this.#api.root.getResource('environments') ?? this.#api.root.addResource('environments');
    const environment = environments.addResource(name);
    const integration = new LambdaIntegration(relay, {
      responseTransferMode: ResponseTransferMode.STREAM,
      timeout: Duration.seconds(integrationSeconds),
      // Else the console's test button may call the function too, with a caller of its own making.
      allowTestInvoke: false,
    });
    for (const [path, method] of Object.entries(RELAY_ROUTES)) {
      acknowledgeIam(environment.addResource(path).addMethod(method, integration));
    }
  }

  /**
   * For a configuration in which every environment is switched off: an API cannot be deployed without a method, and one
   * that is taken down comes back under another address.
   */
  addNothing(): void {
    const integration = new MockIntegration({
      requestTemplates: { 'application/json': '{"statusCode":200}' },
      integrationResponses: [{ statusCode: '200', responseTemplates: { 'application/json': '{"environments":[]}' } }],
    });
    const responses = { methodResponses: [{ statusCode: '200' }] };
    acknowledgeIam(this.#api.root.addResource('environments').addMethod('GET', integration, responses));
  }

  #acknowledge(): void {
    Validations.of(this.#api.node.findChild('Resource')).acknowledge({
      id: 'AwsSolutions-APIG2',
      reason:
        'The relay reads the body itself, strictly: it may be JSON or text, and each refusal says what to change.',
    });
    Validations.of(this.#api.deploymentStage).acknowledge(
      {
        id: 'AwsSolutions-APIG3',
        reason: 'A web ACL is the choice of the account: every request is signed, and a policy names who may call.',
      },
      {
        id: 'AwsSolutions-APIG6',
        reason:
          'Execution logs hold headers and bodies, secrets included. The access log and audit lines replace them.',
      },
    );
    Validations.of(this.#api.node.findChild('CloudWatchRole')).acknowledge({
      id: `AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]`,
      reason: "AWS's own policy for the account-wide role with which API Gateway writes logs.",
    });
  }
}

function acknowledgeIam(method: Method): void {
  Validations.of(method).acknowledge({
    id: 'AwsSolutions-COG4',
    reason: 'Callers are IAM principals (Signature Version 4), not users of a Cognito pool.',
  });
}
