import type { z } from 'zod';
import { formatDidYouMean } from '../airflow/did-you-mean.ts';
import { coversEnvironment } from './active-grants.ts';
import { apiSchema } from './api-schema.ts';
import { findUnknownReleases } from './check-releases.ts';
import { configSchema, grantSchema } from './config-schema.ts';
import type { ConfigDraft, ConfigGrant, EnvironmentDraft } from './config-types.ts';
import { deploymentSchema } from './deployment-schema.ts';
import { ENVIRONMENT_NAME_MESSAGE, ENVIRONMENT_NAME_PATTERN } from './environment-name.ts';
import { environmentSchema } from './environment-schema.ts';
import { eventSchema } from './event-schema.ts';
import { matchesEnvironment } from './matches-environment.ts';
import type { YamlPath, YamlSource } from './yaml-source.ts';

/** An error whose position in the file is not resolved yet. */
export interface UnlocatedIssue {
  readonly path: YamlPath;
  readonly message: string;
  /** Locates the error at the key instead of the value. */
  readonly at?: 'key';
}

export interface ExtractedDraft {
  readonly draft: ConfigDraft;
  /** For each grant of the draft, its index in the file. */
  readonly grantIndexes: readonly number[];
  /** Errors that the schema does not find: in names and releases of environments, and in `where` of grants. */
  readonly issues: readonly UnlocatedIssue[];
}

/** Extracts the parts of a file that can be checked, even if others are invalid. */
export function extractDraft({ data, locate }: YamlSource, releases: readonly string[]): ExtractedDraft {
  const file = toMapping(data);
  const declared = toMapping(file.environments);
  const unknownReleases = findUnknownReleases(declared, releases);
  const invalidNames = new Set(unknownReleases.map(({ path }) => path[1]));
  const environments = extractValid(declared, environmentSchema, invalidNames);
  const { grants, grantIndexes, issues } = extractGrants(toList(file.grants), Object.keys(declared), environments);
  const { success, data: sections } = OTHER_SECTIONS_SCHEMA.safeParse(file);
  return {
    draft: {
      ...(success
        ? {
            region: sections.region,
            account: sections.account,
            kmsKey: sections.kmsKey,
            accountConcurrency: sections.accountConcurrency,
            functionPolicies: sections.functionPolicies,
          }
        : {}),
      // The schema fills in an empty list, but only a list in the file says that nobody is to be notified.
      alarmTopics:
        success && toMapping(file.operations).alarmTopics === undefined
          ? undefined
          : (sections?.operations.alarmTopics ?? []),
      api: apiSchema.safeParse(file.api ?? {}).data,
      environments,
      events: extractValid(toMapping(file.events), eventSchema),
      deployments: extractValid(toMapping(file.deployments), deploymentSchema),
      grants: grants.map((grant, index) => ({ ...grant, line: locate(['grants', grantIndexes[index]!]).line })),
    },
    grantIndexes,
    issues: [
      ...findInvalidEnvironmentNames(Object.keys(declared)),
      ...unknownReleases,
      ...findRestSettingsWithoutRest(declared),
      ...issues,
    ],
  };
}

/** The valid values of a mapping, by name. */
function extractValid<Schema extends z.ZodType>(
  declared: Readonly<Record<string, unknown>>,
  schema: Schema,
  invalidNames: ReadonlySet<unknown> = new Set(),
): Record<string, z.output<Schema>> {
  const valid: Record<string, z.output<Schema>> = {};
  for (const [name, value] of Object.entries(declared)) {
    const parsed = schema.safeParse(value);
    if (parsed.success && !invalidNames.has(name)) valid[name] = parsed.data;
  }
  return valid;
}

/** Extracts the valid grants whose environments are all valid. Reports each `where` that matches no environment. */
function extractGrants(
  declared: readonly unknown[],
  environmentNames: readonly string[],
  environments: Readonly<Record<string, EnvironmentDraft>>,
) {
  const grants: Omit<ConfigGrant, 'line'>[] = [];
  const grantIndexes: number[] = [];
  const issues: UnlocatedIssue[] = [];
  for (const [index, value] of declared.entries()) {
    const { success, data: grant } = grantSchema.safeParse(value);
    if (!success) continue;
    const unmatched = grant.where.flatMap((where, position): UnlocatedIssue[] => {
      if (environmentNames.some((name) => matchesEnvironment(where, name))) return [];
      return [{ path: ['grants', index, 'where', position], message: describeUnmatched(where, environmentNames) }];
    });
    issues.push(...unmatched);
    const covered = environmentNames.filter((name) => coversEnvironment(grant.where, name));
    if (unmatched.length > 0 || covered.some((name) => !Object.hasOwn(environments, name))) continue;
    grants.push(grant);
    grantIndexes.push(index);
  }
  return { grants, grantIndexes, issues };
}

function describeUnmatched(where: string, environmentNames: readonly string[]): string {
  const suggestion = formatDidYouMean(where, environmentNames) || ` Environments: ${environmentNames.join(', ')}`;
  return `no environment matches ${where}.${suggestion}`;
}

// The key schema of the record does not check names, because zod would then skip the values of invalid names.
const findInvalidEnvironmentNames = (names: readonly string[]): UnlocatedIssue[] =>
  names
    .filter((name) => !ENVIRONMENT_NAME_PATTERN.test(name))
    .map((name) => ({ path: ['environments', name], message: ENVIRONMENT_NAME_MESSAGE, at: 'key' }));

/** The schema cannot find them, because it fills in defaults. With `rest: false`, settings can stay for later. */
const findRestSettingsWithoutRest = (declared: Readonly<Record<string, unknown>>): UnlocatedIssue[] =>
  Object.entries(declared).flatMap(([name, value]) => {
    const environment = toMapping(value);
    if (Object.hasOwn(environment, 'rest')) return [];
    return ['restConcurrency', 'restRole', 'restNotes']
      .filter((key) => Object.hasOwn(environment, key))
      .map((key): UnlocatedIssue => {
        const message = `has no effect without "rest: true". Add rest: true to the environment, or remove ${key}`;
        return { path: ['environments', name, key], message, at: 'key' };
      });
  });

const OTHER_SECTIONS_SCHEMA = configSchema
  .pick({
    region: true,
    account: true,
    kmsKey: true,
    operations: true,
    accountConcurrency: true,
    functionPolicies: true,
  })
  .loose();

const toMapping = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

const toList = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
