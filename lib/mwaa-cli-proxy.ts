import { Annotations, Stack, Token } from 'aws-cdk-lib';
import { Grant as IamGrant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { z } from 'zod';
import { checkDraft } from '../config/check-draft.ts';
import { checkGrants } from '../config/check-grants.ts';
import { findUnknownReleases } from '../config/check-releases.ts';
import { proxySchema } from '../config/config-schema.ts';
import type { ConfigDraft, ConfigIssue } from '../config/config-types.ts';
import { describeIssue } from '../config/describe-issue.ts';
import { resolveEnvironmentDefaults } from '../config/environment-defaults.ts';
import { ENVIRONMENT_NAME_MESSAGE, ENVIRONMENT_NAME_PATTERN } from '../config/environment-name.ts';
import { formatIssuePath } from '../config/format-issue-path.ts';
import { CATALOGS } from '../files/catalogs.ts';
import { CliProxy, type ProxyConfig } from './cli-proxy.ts';

export { AirflowCommands, type AirflowCommandsProps, type AirflowValue } from './deployments/airflow-commands.ts';

type DeepReadonly<Value> = Value extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: DeepReadonly<Value[Key]> }
    : Value;

/**
 * The sections of the configuration file as an object, except name, region, account, and tags, which the stack defines. IDs may be
 * values of other constructs, such as `vpc.vpcId`. `config/schema.json` and `docs/deploying.md` describe the members.
 */
export type MwaaCliProxyProps = DeepReadonly<z.input<typeof proxySchema>>;

/**
 * The proxy as a construct in your CDK app: a REST API and the front function in this stack, and a relay function in a nested stack for
 * each environment.
 *
 * Throws an `Error` that lists all errors in the props, one per line, such as
 * `environments.prod.airflow  Airflow 9.9.9 is not supported. …`. Adds CDK warnings to the construct.
 */
export class MwaaCliProxy extends CliProxy {
  constructor(scope: Construct, id: string, props: MwaaCliProxyProps) {
    const { config, warnings } = checkProps(props, Stack.of(scope));
    super(scope, id, config);
    for (const warning of warnings) {
      const path = formatIssuePath(warning.path);
      Annotations.of(this).addWarningV2(`mwaa-cli-proxy:${path}`, `${path}: ${warning.message}`);
    }
  }

  /** The URL of the API, without a trailing slash. */
  get url(): string {
    return this.api.url;
  }

  /** Adds the permission to call the API to the policy of a role or user. `api.callers` and a grant must also allow the caller. */
  grantInvoke(grantee: IGrantable): IamGrant {
    return IamGrant.addToPrincipal({
      grantee,
      actions: ['execute-api:Invoke'],
      resourceArns: this.api.invokeArns,
    });
  }
}

function checkProps(props: MwaaCliProxyProps, stack: Stack): { config: ProxyConfig; warnings: ConfigIssue[] } {
  const parsed = proxySchema.safeParse(props, { error: describeIssue });
  const nameIssues = findInvalidNames(Object.keys(props.environments ?? {}));
  const releaseIssues = findUnknownReleases(props.environments ?? {}, CATALOGS.releases());
  const schemaIssues = (parsed.error?.issues ?? []).map(({ path, message }) => ({
    path: path as ConfigIssue['path'],
    message,
  }));
  if (!parsed.success || releaseIssues.length > 0) {
    throw createPropsError([...schemaIssues, ...nameIssues, ...releaseIssues]);
  }
  const { api, environments, events, deployments, operations, kmsKey, accountConcurrency, functionPolicies } =
    parsed.data;
  // Props have no lines, so each grant gets its position as its line.
  const grants = parsed.data.grants.map((grant, index) => ({ ...grant, line: index + 1 }));
  const draft: ConfigDraft = {
    region: Token.isUnresolved(stack.region) ? undefined : stack.region,
    account: Token.isUnresolved(stack.account) ? undefined : stack.account,
    api,
    environments,
    grants,
    events,
    deployments,
    kmsKey,
    alarmTopics: props.operations?.alarmTopics === undefined ? undefined : operations.alarmTopics,
    accountConcurrency,
    functionPolicies,
  };
  const issues = [...checkDraft(draft, CATALOGS), ...checkGrants(draft, CATALOGS)];
  const errors = [...nameIssues, ...issues.filter(({ warning }) => !warning)];
  if (errors.length > 0) throw createPropsError(errors);
  const config = { ...parsed.data, grants, environments: resolveEnvironmentDefaults(environments, api.responses) };
  return { config, warnings: issues.filter(({ warning }) => warning) };
}

const findInvalidNames = (names: readonly string[]): ConfigIssue[] =>
  names
    .filter((name) => !ENVIRONMENT_NAME_PATTERN.test(name))
    .map((name) => ({ path: ['environments', name], message: ENVIRONMENT_NAME_MESSAGE }));

function createPropsError(issues: readonly ConfigIssue[]): Error {
  const lines = issues.map(({ path, message }) => `${formatIssuePath(path)}  ${message}`);
  return new Error(`MwaaCliProxy has invalid props:\n${lines.join('\n')}`);
}
