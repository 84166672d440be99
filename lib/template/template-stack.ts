import { Aws, CfnOutput, Fn, Lazy, Stack, Validations } from 'aws-cdk-lib';
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { proxySchema } from '../../config/config-schema.ts';
import type { Config } from '../../config/config-types.ts';
import { resolveEnvironmentDefaults } from '../../config/environment-defaults.ts';
import { createFrontFile, createRelayFile, serializeFile, toFunctionCatalog } from '../../config/function-files.ts';
import type { StackFrontFile, StackRelayFile } from '../../config/stack-files.ts';
import { CATALOG_FOLDER, STACK_FRONT_FUNCTION, STACK_RELAY_FUNCTION } from '../../contract/function-names.ts';
import { DEPLOYMENT_VARIABLES } from '../../contract/stored-policy.ts';
import { CATALOGS } from '../../files/catalogs.ts';
import { ProxyApi } from '../api/proxy-api.ts';
import type { EntryPointResolver } from '../cli-proxy.ts';
import { addEnvironment } from '../environment-stack.ts';
import { createAuditLogGroup, type LogOptions } from '../functions/audit-log-group.ts';
import { createBundler, resolveEntryPoint } from '../functions/bundler.ts';
import { FrontFunction } from '../functions/front-function.ts';
import { ApiAlarms } from '../operations/api-alarms.ts';
import { OperationsDashboard } from '../operations/operations-dashboard.ts';
import { SavedQueries } from '../operations/saved-queries.ts';
import { addStackOutputs } from '../stack-outputs.ts';
import { PolicyBucket } from './policy-bucket.ts';
import { addTemplateConditions, addTemplateParameters, type TemplateParameters } from './template-parameters.ts';
import { TemplateSynthesizer } from './template-synthesizer.ts';

export interface TemplateStackProps {
  /** The version of the proxy, which is part of the keys of the code in the bucket. */
  readonly version: string;
  readonly resolveEntryPoint?: EntryPointResolver | undefined;
}

/** The name of the stack in the cloud assembly, and of the template's file. */
export const TEMPLATE_NAME = 'mwaa-cli-proxy';

/** Stands for the environment where the configuration needs a name. */
const ENVIRONMENT = 'environment';

/**
 * The proxy for one environment as a template with parameters, to deploy without the CDK. It consists of the same constructs as the stack
 * of a configuration, with the defaults of the configuration. The functions read the grants at run time.
 */
export class TemplateStack extends Stack {
  constructor(scope: Construct, { version, resolveEntryPoint: getEntry = resolveEntryPoint }: TemplateStackProps) {
    super(scope, TEMPLATE_NAME, {
      description: `mwaa-cli-proxy ${version}: allow-listed Airflow CLI commands on Amazon MWAA, over authenticated HTTPS`,
      analyticsReporting: false,
      synthesizer: new TemplateSynthesizer(version, () => parameters.AssetBucket.valueAsString),
    });
    Validations.of(this).acknowledge({
      id: 'CloudFormation-Validate::W1030',
      reason: 'An empty parameter is used only if a condition says that it is not empty.',
    });
    const releases = CATALOGS.releases();
    const parameters = addTemplateParameters(this, releases);
    const conditions = addTemplateConditions(this, parameters);
    const config = createConfig(parameters);
    const environment = config.environments[ENVIRONMENT]!;
    const proxy = new Construct(this, 'Proxy');
    const logs: LogOptions = { retentionDays: config.logs.retentionDays, kmsKey: undefined };
    const catalogFiles = Object.fromEntries(
      releases.map((release) => [
        `${CATALOG_FOLDER}/${release}.json`,
        serializeFile(toFunctionCatalog(CATALOGS.read(release))),
      ]),
    );
    const topic = Fn.conditionIf(
      conditions.hasAlarmTopic.logicalId,
      parameters.AlarmTopic.valueAsString,
      Aws.NO_VALUE,
    ).toString();
    const operations = { ...config.operations, alarmTopics: [topic] };

    const api = new ProxyApi(proxy, 'Api', {
      name: Aws.STACK_NAME,
      config: config.api,
      grants: [],
      offersRest: false,
      logs,
      vpcEndpoints: undefined,
      callerAccounts: { accounts: parameters.CallerAccounts.valueAsList, isToken: true },
    });
    const bucket = new PolicyBucket(proxy, 'Policy', {
      writers: parameters.PolicyWriters.valueAsList,
      key: parameters.PolicyKmsKey,
      hasKey: conditions.hasPolicyKey,
    });
    const variables = {
      [DEPLOYMENT_VARIABLES.environment]: parameters.EnvironmentName.valueAsString,
      [DEPLOYMENT_VARIABLES.release]: parameters.AirflowRelease.valueAsString,
      [DEPLOYMENT_VARIABLES.policyBucket]: bucket.bucketName,
    };
    const policies = { StoredPolicy: bucket.readPolicy };
    const relayLog = createAuditLogGroup(proxy, 'RelayLog', logs);
    const { relay } = addEnvironment(new Construct(proxy, 'Environment'), {
      name: parameters.EnvironmentName.valueAsString,
      environment,
      handler: STACK_RELAY_FUNCTION.handler,
      code: createBundler(
        STACK_RELAY_FUNCTION,
        getEntry(STACK_RELAY_FUNCTION),
      )({
        [STACK_RELAY_FUNCTION.dataFile]: serializeFile(createStackRelayFile(config)),
        ...catalogFiles,
      }),
      variables,
      policies,
      logs,
      logGroup: relayLog,
      createdEndpointSecurityGroup: undefined,
      networkOptions: {
        s3PrefixList: parameters.S3PrefixList.valueAsString,
        hasEndpointGroup: conditions.hasEndpointGroup,
        managesIngress: {
          'web-server': conditions.managesIngress,
          'airflow-env': conditions.managesEndpointIngress,
        },
      },
      rest: undefined,
      frontRoleArn: Lazy.string({ produce: () => front.proxyFunction.role.roleArn }),
      deploymentRoleArns: [],
      functionPolicies: config.functionPolicies,
      operations,
    });
    const relayFunction = relay.proxyFunction.function;
    (relayFunction.node.defaultChild as CfnFunction).addPropertyOverride(
      'ReservedConcurrentExecutions',
      Fn.conditionIf(conditions.reservesConcurrency.logicalId, parameters.Concurrency.valueAsNumber, Aws.NO_VALUE),
    );
    const front = new FrontFunction(proxy, 'Front', {
      config,
      handler: STACK_FRONT_FUNCTION.handler,
      code: createBundler(
        STACK_FRONT_FUNCTION,
        getEntry(STACK_FRONT_FUNCTION),
      )({ [STACK_FRONT_FUNCTION.dataFile]: serializeFile(createStackFrontFile(config)), ...catalogFiles }),
      logs,
      apiStage: api.apiStage,
      relays: { arn: relayFunction.functionArn },
      variables: {
        ...variables,
        [DEPLOYMENT_VARIABLES.relay]: relayFunction.functionName,
        [DEPLOYMENT_VARIABLES.slots]: parameters.Concurrency.valueAsString,
      },
      policies,
    });
    bucket.grantDecrypt([front.proxyFunction.role, relay.proxyFunction.role]);
    const { function: frontFunction, logGroup: frontLog } = front.proxyFunction;
    api.addIamRoutes(frontFunction);
    api.serveAfter(front);

    const { alarms } = new ApiAlarms(proxy, 'Alarms', {
      ...operations,
      api: api.restApi,
      front: frontFunction,
      authorizer: undefined,
    });
    new OperationsDashboard(proxy, 'Operations', { api: api.restApi, alarms, hasEvents: false });
    new SavedQueries(proxy, 'Queries', {
      folder: Aws.STACK_NAME,
      front: frontLog,
      relays: relayLog,
      accessLog: api.accessLog,
    });
    addStackOutputs(this, { api, frontLog, relayLog });
    new CfnOutput(this, 'PolicyAddress', {
      description: 'Where to store the policy: mwaa policy push FILE --to ADDRESS. Until then, nothing is granted',
      value: bucket.address,
    });
  }
}

/** The configuration of the template: the defaults, with parameters in place of IDs. */
function createConfig(parameters: TemplateParameters) {
  const { data, error } = proxySchema.safeParse({
    environments: {
      [ENVIRONMENT]: {
        // Any release: the functions get the parameter.
        airflow: CATALOGS.releases().at(-1),
        vpc: {
          id: parameters.VpcId.valueAsString,
          subnets: parameters.SubnetIds.valueAsList,
          webServerSecurityGroup: parameters.WebServerSecurityGroup.valueAsString,
          airflowEndpoint: { securityGroup: parameters.AirflowEndpointSecurityGroup.valueAsString },
        },
        concurrency: 'unreserved',
      },
    },
  });
  if (data === undefined) throw error;
  const { [ENVIRONMENT]: environment } = resolveEnvironmentDefaults(data.environments, data.api.responses);
  const mwaaName = parameters.EnvironmentName.valueAsString;
  return { ...data, grants: [], environments: { [ENVIRONMENT]: { ...environment!, mwaaName } } };
}

type TemplateConfig = Pick<Config, 'api' | 'environments'> & { readonly grants: readonly never[] };

function createStackFrontFile(config: TemplateConfig): StackFrontFile {
  const unused = () => '';
  const { grants: _, environments, ...file } = createFrontFile(config, config.environments, unused, unused);
  const { queueSeconds, maxQueueSeconds } = environments[ENVIRONMENT]!;
  return { ...file, environment: { queueSeconds, maxQueueSeconds } };
}

function createStackRelayFile(config: TemplateConfig): StackRelayFile {
  const environment = config.environments[ENVIRONMENT]!;
  const catalog = CATALOGS.read(environment.airflow);
  const { webServerDomains, timeouts, limits } = createRelayFile(config, ENVIRONMENT, environment, catalog);
  return { webServerDomains, timeouts, limits };
}
