import { Annotations, CustomResource, Duration, Stack, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { completeInvocation } from '../../airflow/complete-invocation.ts';
import { readDeploymentCommand } from '../../airflow/deployment-command.ts';
import type { Invocation } from '../../airflow/invocation.ts';
import { readRuleCatalog } from '../../airflow/rest/rule-catalogs.ts';
import { failsOnUpdate } from '../../airflow/settled-commands.ts';
import { selectActiveGrants } from '../../config/active-grants.ts';
import { DEFAULT_SERVICE_TIMEOUT_SECONDS, getDeploymentCaller } from '../../config/deployment-file.ts';
import { CATALOGS } from '../../files/catalogs.ts';
import { authorizeForms } from '../../policy/authorize.ts';
import { callerFromDeclaredName } from '../../policy/caller.ts';
import { compilePolicy } from '../../policy/compile-policy.ts';
import { findEntriesForCaller } from '../../policy/find-entries.ts';
import { mayMatchRule } from '../../policy/may-match-rule.ts';
import type { CliProxy } from '../cli-proxy.ts';

/** Where a secret is, for a placeholder of a command. */
export type AirflowValue =
  | {
      /** The ARN or the name of a secret of Secrets Manager. */
      readonly secretsManager: string;
      /** A member of the secret, which is a JSON object. Default: the whole secret. */
      readonly key?: string;
      readonly versionId?: string;
      /** Default: `AWSCURRENT`. */
      readonly versionStage?: string;
    }
  /** The ARN or the name of a parameter of SSM, with an optional `:VERSION`. */
  | { readonly ssmParameter: string };

/** A command: a command line without the leading `airflow`, or its words. */
type CommandSource = string | readonly string[];

export interface AirflowCommandsProps {
  /** The proxy that runs the commands. Either this or `serviceToken`. */
  readonly proxy?: CliProxy;
  /** The deployment of the proxy as which the commands run. Default: its only one. */
  readonly deployment?: string;
  /** The ARN of the function of a deployment, which the stack of the proxy shows as an output. */
  readonly serviceToken?: string;
  /** The environment, by its name in the configuration of the proxy. Default: the only one of `proxy`. */
  readonly environment?: string;
  /** The commands that run when the resource is created. */
  readonly onCreate: readonly CommandSource[];
  /** The commands that run when any property changes. Default: the same as `onCreate`. */
  readonly onUpdate?: readonly CommandSource[];
  /** The commands that run when the resource is deleted, or its creation is rolled back. Default: none. */
  readonly onDelete?: readonly CommandSource[];
  /** The secrets for which the placeholders of the commands stand, by name: `{name}`. */
  readonly values?: Readonly<Record<string, AirflowValue>>;
  /** Any text. The commands run again when it changes, for example after a secret has changed. */
  readonly revision?: string;
  /** How long CloudFormation waits. Default: 31 minutes, which is longer than the commands can take. */
  readonly serviceTimeout?: Duration;
}

/**
 * Commands that run in Airflow when the stack is deployed, as a custom resource of CloudFormation.
 *
 * Throws an `Error` for a command that is not valid. Adds a CDK warning for one that is not granted.
 */
export class AirflowCommands extends Construct {
  readonly #resource: CustomResource;

  constructor(scope: Construct, id: string, props: AirflowCommandsProps) {
    super(scope, id);
    const { proxy, revision, onCreate, onUpdate, onDelete = [], values = {} } = props;
    const { serviceToken, environment, deployment } = resolveTarget(props);
    if (proxy !== undefined && deployment !== undefined) this.#check(proxy, deployment, environment, props);
    this.#resource = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::AirflowCommands',
      serviceToken,
      serviceTimeout: props.serviceTimeout ?? Duration.seconds(DEFAULT_SERVICE_TIMEOUT_SECONDS),
      properties: {
        Environment: environment,
        OnCreate: onCreate,
        ...(onUpdate === undefined ? {} : { OnUpdate: onUpdate }),
        OnDelete: onDelete,
        Values: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, toProperty(value)])),
        ...(revision === undefined ? {} : { Revision: revision }),
      },
    });
    if (proxy === undefined || Stack.of(proxy) !== Stack.of(this)) return;
    // The grants are in the code of the functions, so these come first.
    for (const dependency of [proxy.deploymentFunctions[deployment ?? ''], proxy.environmentStacks[environment]])
      if (dependency !== undefined) this.#resource.node.addDependency(dependency);
  }

  /** The id of the first run that a command has triggered. CloudFormation fails if no command has. */
  get runId(): string {
    return this.#resource.getAttString('RunId');
  }

  /** The ids of all runs that commands have triggered, with commas between them. */
  get runIds(): string {
    return this.#resource.getAttString('RunIds');
  }

  #check(proxy: CliProxy, deployment: string, environment: string, props: AirflowCommandsProps): void {
    const config = proxy.config.environments[environment];
    const caller = callerFromDeclaredName(getDeploymentCaller(deployment));
    if (config === undefined || caller === undefined) return;
    const catalog = readRuleCatalog(CATALOGS, config);
    const { policy } = compilePolicy(selectActiveGrants(proxy.config, environment), catalog);
    const { onCreate, onUpdate = [], onDelete = [], values = {} } = props;
    const updates: Invocation[] = [];
    for (const [list, commands] of Object.entries({ onCreate, onUpdate, onDelete })) {
      for (const [index, source] of commands.entries()) {
        if (Token.isUnresolved(source) || [source].flat().some((word) => Token.isUnresolved(word))) continue;
        const where = `${list}[${index}] of ${this.node.path}`;
        const { sampled, template, text } = readOrThrow(where, () =>
          readDeploymentCommand(catalog, source, Object.keys(values)),
        );
        if (list === (props.onUpdate === undefined ? 'onCreate' : 'onUpdate')) {
          if (failsOnUpdate(sampled, updates)) {
            Annotations.of(this).addWarningV2(
              `mwaa-cli-proxy:fails-on-update:${list}:${index}`,
              `${where} fails when the stack is updated or rolled back, because what it creates exists then. Delete it in a command before ` +
                `it, or set onUpdate: ${text}`,
            );
          }
          updates.push(sampled);
        }
        if (sampled.command.listed !== true) {
          Annotations.of(this).addWarningV2(
            `mwaa-cli-proxy:not-listed:${list}:${index}`,
            `${where}: AWS does not list this command for Airflow ${catalog.airflow}, so MWAA may refuse it: ${text}`,
          );
        }
        // A rule may allow the value of a secret and not its sample.
        const isGranted = authorizeForms(policy, caller, [completeInvocation(sampled, 'json', 'sample')]) !== undefined;
        const mayBeGranted = findEntriesForCaller(policy, caller).some(({ rule }) =>
          mayMatchRule(rule, sampled, template),
        );
        if (isGranted || (template.names.length > 0 && mayBeGranted)) continue;
        Annotations.of(this).addWarningV2(
          `mwaa-cli-proxy:not-granted:${list}:${index}`,
          `${where} is not granted to ${caller.label} in ${environment}, so the deployment will fail: ${text}`,
        );
      }
    }
  }
}

function readOrThrow<Value>(where: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw new Error(`${where}: ${(error as Error).message}`, { cause: error });
  }
}

function resolveTarget({ proxy, serviceToken, environment, deployment }: AirflowCommandsProps) {
  if ((proxy === undefined) === (serviceToken === undefined))
    throw new Error('AirflowCommands needs either proxy or serviceToken');
  if (proxy === undefined) {
    if (environment === undefined) throw new Error('AirflowCommands with serviceToken needs environment');
    return { serviceToken: serviceToken!, environment, deployment: undefined };
  }
  const name = chooseOnly('deployment', deployment, Object.keys(proxy.deploymentFunctions));
  return {
    serviceToken: proxy.deploymentFunctions[name]!.serviceToken,
    environment: chooseOnly('environment', environment, Object.keys(proxy.environmentStacks)),
    deployment: name,
  };
}

function chooseOnly(property: string, chosen: string | undefined, names: readonly string[]): string {
  const name = chosen ?? (names.length === 1 ? names[0] : undefined);
  if (name !== undefined && names.includes(name)) return name;
  const known = names.length === 0 ? `The proxy has no enabled ${property}` : `The proxy has: ${names.join(', ')}`;
  throw new Error(
    `AirflowCommands: ${chosen === undefined ? `${property} is missing` : `unknown ${property} ${chosen}`}. ${known}`,
  );
}

const toProperty = (value: AirflowValue): Record<string, string> =>
  'ssmParameter' in value
    ? { SsmParameter: value.ssmParameter }
    : {
        SecretsManager: value.secretsManager,
        ...(value.key === undefined ? {} : { Key: value.key }),
        ...(value.versionId === undefined ? {} : { VersionId: value.versionId }),
        ...(value.versionStage === undefined ? {} : { VersionStage: value.versionStage }),
      };
