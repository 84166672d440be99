import { Annotations, Stack, Token } from 'aws-cdk-lib';
import { Grant as IamGrant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { z } from 'zod';
import { checkDraft } from '../config/check-draft.ts';
import { checkGrants } from '../config/check-grants.ts';
import { ENVIRONMENT_NAME_MESSAGE, ENVIRONMENT_NAME_PATTERN, proxySchema } from '../config/config-schema.ts';
import type { ConfigDraft, ConfigIssue } from '../config/config-types.ts';
import { describeIssue } from '../config/describe-issue.ts';
import { resolveEnvironmentDefaults } from '../config/parse-config.ts';
import { CliProxy, type ProxyConfig } from './cli-proxy.ts';

type DeepReadonly<Value> = Value extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: DeepReadonly<Value[Key]> }
    : Value;

/**
 * What the configuration file says, as an object: `api`, `environments`, `grants` and the rest but what the stack knows by itself
 * (name, region, account, tags). Where the file has an id, a value of another construct may stand: `vpc.vpcId`. Editors show each
 * member; `config/schema.json` and `docs/deploying.md` describe them.
 */
export type MwaaCliProxyProps = DeepReadonly<z.input<typeof proxySchema>>;

/**
 * The proxy in a CDK app of your own: one REST API, and a relay function for each environment, in this stack and in one stack
 * within it for each environment.
 *
 * Throws an Error that names every fault of the props, a line each: `environments.prod.airflow  there is no catalog …`. What is
 * worth knowing and not wrong becomes a warning of the CDK.
 */
export class MwaaCliProxy extends CliProxy {
  constructor(scope: Construct, id: string, props: MwaaCliProxyProps) {
    const { config, warnings } = checkProps(props, Stack.of(scope));
    super(scope, id, config);
    for (const { path, message } of warnings) {
      const text = `${formatIssuePath(path)}: ${message}`;
      Annotations.of(this).addWarningV2(`mwaa-cli-proxy:${formatIssuePath(path)}`, text);
    }
  }

  /** Address of the API, with a slash at its end. */
  get url(): string {
    return this.api.url;
  }

  /** Lets a role or user of this account call the API: its own policy must, beside `api.callers` and a grant. */
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
  const misnamed = Object.keys(props.environments ?? {})
    .filter((name) => !ENVIRONMENT_NAME_PATTERN.test(name))
    .map((name): ConfigIssue => ({ path: ['environments', name], message: ENVIRONMENT_NAME_MESSAGE }));
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, message }) => ({ path: path as ConfigIssue['path'], message }));
    throw createPropsError([...issues, ...misnamed]);
  }
  const { api, environments, operations, kmsKey } = parsed.data;
  const grants = parsed.data.grants.map((grant, index) => ({ ...grant, line: index + 1 }));
  const known = (value: string) => (Token.isUnresolved(value) ? undefined : value);
  const draft: ConfigDraft = {
    ...{ region: known(stack.region), account: known(stack.account) },
    ...{ api, environments, grants, kmsKey, alarmTopics: operations.alarmTopics },
  };
  const issues = [...checkDraft(draft), ...checkGrants(draft)];
  const faults = [...misnamed, ...issues.filter(({ warning }) => !warning)];
  if (faults.length > 0) throw createPropsError(faults);
  const config = { ...parsed.data, grants, environments: resolveEnvironmentDefaults(environments, api.responses) };
  return { config, warnings: issues.filter(({ warning }) => warning) };
}

const createPropsError = (issues: readonly ConfigIssue[]): Error =>
  new Error(
    `The props of MwaaCliProxy are wrong:\n${issues.map(({ path, message }) => `${formatIssuePath(path)}  ${message}`).join('\n')}`,
  );

const formatIssuePath = (path: ConfigIssue['path']): string =>
  path.reduce<string>(
    (before, step) => (typeof step === 'number' ? `${before}[${step}]` : `${before}${before && '.'}${step}`),
    '',
  );
