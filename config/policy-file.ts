import { z } from 'zod';
import type { Catalogs } from '../airflow/rest/rule-catalogs.ts';
import { checkGrants } from './check-grants.ts';
import { findUnknownReleases } from './check-releases.ts';
import { ConfigError, type LocatedIssue } from './config-error.ts';
import { configSchema, grantSchema } from './config-schema.ts';
import type { Config, ConfigGrant, ConfigIssue } from './config-types.ts';
import { describeIssue } from './describe-issue.ts';
import { resolveEnvironmentDefaults } from './environment-defaults.ts';
import { ENVIRONMENT_NAME_MESSAGE, ENVIRONMENT_NAME_PATTERN } from './environment-name.ts';
import { formatIssuePath } from './format-issue-path.ts';
import { splitUnrecognizedKeys } from './parse-config.ts';
import { strictObject, stringOrList } from './schema-types.ts';
import type { PolicyContent } from './stored-policy.ts';
import { parseYamlSource, type YamlPath, type YamlSource } from './yaml-source.ts';

const { where: _, ...grantShape } = grantSchema.shape;

/** A policy file: the grants of one deployment without the CDK. They have no `where`, because it has one environment. */
const policyFileSchema = strictObject({
  environment: z.string().regex(ENVIRONMENT_NAME_PATTERN, ENVIRONMENT_NAME_MESSAGE),
  /** The release of the environment. For an upgrade, the one before and the one after. */
  airflow: stringOrList(z.string()),
  grants: z.array(strictObject(grantShape)).default([]),
});

/** A checked policy. */
export interface CheckedPolicy {
  readonly content: PolicyContent;
  readonly warnings: readonly LocatedIssue[];
  /** The same as a configuration, for the tools that explain one. Its environment runs the first release. */
  readonly config: Config;
}

/**
 * Parses a policy file, and checks it like the grants of a configuration. Throws `ConfigError` with all errors in the file.
 *
 * @param fileName is shown in errors
 */
export function parsePolicyFile(text: string, fileName: string, catalogs: Catalogs): CheckedPolicy {
  const source = parseYamlSource(text);
  if (!source.isReadable) throw new ConfigError(fileName, source.issues);
  const parsed = policyFileSchema.safeParse(source.data, { error: describeIssue });
  if (!parsed.success) {
    const issues = parsed.error.issues
      .flatMap(splitUnrecognizedKeys)
      .map(({ path, message, at }) => ({ ...source.locate(path, at), path: formatIssuePath(path), message }));
    throw new ConfigError(fileName, [...source.issues, ...issues].sort(comparePositions));
  }
  const { environment, airflow, grants } = parsed.data;
  const unknown = airflow.flatMap((release, index) =>
    findUnknownReleases({ [environment]: { airflow: release } }, catalogs.releases()).map(({ message }) =>
      locate(
        {
          path: Array.isArray((source.data as { airflow?: unknown }).airflow) ? ['airflow', index] : ['airflow'],
          message,
        },
        source,
      ),
    ),
  );
  if (unknown.length > 0) throw new ConfigError(fileName, unknown);
  const located = grants.map(
    (grant, index): ConfigGrant => ({ ...grant, where: ['*'], line: source.locate(['grants', index]).line }),
  );
  const issues = checkPolicyGrants(environment, airflow, located, catalogs);
  const errors = [...source.issues, ...issues.filter(({ warning }) => !warning).map((issue) => locate(issue, source))];
  if (errors.length > 0) throw new ConfigError(fileName, errors.sort(comparePositions));
  const warnings = issues.filter(({ warning }) => warning).map((issue) => locate(issue, source));
  const active = located.filter(({ enabled }) => enabled);
  return {
    content: { environment, airflow, grants: active.map(({ who, may, line }) => ({ who, may, line })) },
    warnings: warnings.sort(comparePositions),
    config: toConfig(environment, airflow, located),
  };
}

/** Checks what was stored in the same way, so that its warnings can be shown. It has no file: paths stand for positions. */
export const toPolicyConfig = ({ environment, airflow, grants }: PolicyContent): Config =>
  toConfig(
    environment,
    airflow,
    grants.map(({ who, may, line }) => ({ who: [...who], may: [...may], line, where: ['*'], enabled: true })),
  );

/** A policy file with the content of a stored policy. */
export function formatPolicyFile({ environment, airflow, grants }: PolicyContent): string {
  const list = (values: readonly string[]) =>
    values.length === 1 ? quote(values[0]!) : `[${values.map(quote).join(', ')}]`;
  const lines = grants.flatMap(({ who, may }) => [
    `  - who: ${list(who)}`,
    '    may:',
    ...may.map((rule) => `      - ${quote(rule)}`),
  ]);
  return [
    `environment: ${quote(environment)}`,
    `airflow: ${list(airflow)}`,
    ...(lines.length === 0 ? ['grants: []'] : ['grants:', ...lines]),
    '',
  ].join('\n');
}

/** JSON texts are YAML. */
const quote = (text: string): string => JSON.stringify(text);

/** A stack without the CDK has none of these. */
const NO_OIDC =
  'grants nothing, because a deployment without the CDK accepts no OIDC tokens. Name a role, or deploy with the CDK';

function checkPolicyGrants(
  environment: string,
  releases: readonly string[],
  grants: readonly ConfigGrant[],
  catalogs: Catalogs,
): ConfigIssue[] {
  const names = releases.map((release, index) => (index === 0 ? environment : `${environment}, ${release}`));
  const { environments } = createConfig(Object.fromEntries(names.map((name, index) => [name, releases[index]!])));
  return [
    ...grants.flatMap(({ who }, grant) =>
      who.flatMap((caller, entry): ConfigIssue[] =>
        caller.startsWith('oidc:') ? [{ path: ['grants', grant, 'who', entry], message: NO_OIDC, warning: true }] : [],
      ),
    ),
    ...checkGrants({ environments, grants, events: {}, deployments: {} }, catalogs),
  ];
}

/** A configuration with these environments. The network and the region are not used. */
function createConfig(releases: Readonly<Record<string, string>>) {
  const vpc = { id: 'vpc-0', subnets: ['subnet-0'], webServerSecurityGroup: 'sg-0' };
  return configSchema.parse({
    region: 'us-east-1',
    environments: Object.fromEntries(Object.entries(releases).map(([name, airflow]) => [name, { airflow, vpc }])),
  });
}

function toConfig(environment: string, [release = '']: readonly string[], grants: readonly ConfigGrant[]): Config {
  const config = createConfig({ [environment]: release });
  const environments = resolveEnvironmentDefaults(config.environments, config.api.responses);
  return { ...config, environments, grants, warnings: [] };
}

const locate = ({ path, message }: { path: YamlPath; message: string }, source: YamlSource): LocatedIssue => ({
  ...source.locate(path),
  path: formatIssuePath(path),
  message,
});

const comparePositions = (a: LocatedIssue, b: LocatedIssue) => a.line - b.line || a.column - b.column;
