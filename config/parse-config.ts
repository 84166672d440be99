import type { z } from 'zod';
import type { Catalogs } from '../airflow/rest/rule-catalogs.ts';
import { checkDraft } from './check-draft.ts';
import { checkGrants } from './check-grants.ts';
import { ConfigError, type LocatedIssue } from './config-error.ts';
import { configSchema } from './config-schema.ts';
import type { Config, ConfigCheck, ConfigIssue } from './config-types.ts';
import { describeIssue } from './describe-issue.ts';
import { resolveEnvironmentDefaults } from './environment-defaults.ts';
import { extractDraft, type UnlocatedIssue } from './extract-draft.ts';
import { formatIssuePath } from './format-issue-path.ts';
import { parseYamlSource, type YamlSource } from './yaml-source.ts';

/**
 * Parses and checks a configuration file. Throws `ConfigError` with all errors in the file.
 *
 * @param fileName is shown in errors
 * @param check replaces the check of the grants
 */
export function parseConfig(
  text: string,
  fileName: string,
  catalogs: Catalogs,
  check: ConfigCheck = checkGrants,
): Config {
  const source = parseYamlSource(text);
  if (!source.isReadable) throw new ConfigError(fileName, source.issues);
  const parsed = configSchema.safeParse(source.data, { error: describeIssue });
  const { draft, grantIndexes, issues: draftIssues } = extractDraft(source, catalogs.releases());
  const checkIssues = [...checkDraft(draft, catalogs), ...check(draft, catalogs)].map((issue) =>
    toFileIssue(issue, grantIndexes),
  );
  const errors = [
    ...(parsed.error?.issues ?? []).flatMap(splitUnrecognizedKeys),
    ...draftIssues,
    ...checkIssues.filter(({ warning }) => !warning),
  ].map((issue) => toLocatedIssue(issue, source));
  const allErrors = [...source.issues, ...errors];
  if (allErrors.length > 0 || !parsed.success) throw new ConfigError(fileName, sortByPosition(allErrors));
  const warnings = checkIssues.filter(({ warning }) => warning).map((issue) => toLocatedIssue(issue, source));
  const environments = resolveEnvironmentDefaults(parsed.data.environments, parsed.data.api.responses);
  return { ...parsed.data, environments, grants: draft.grants, warnings: sortByPosition(warnings) };
}

/** Converts the index of a grant in the draft to its index in the file. */
function toFileIssue(issue: ConfigIssue, grantIndexes: readonly number[]): ConfigIssue {
  const [section, index, ...rest] = issue.path;
  if (section !== 'grants' || typeof index !== 'number') return issue;
  return { ...issue, path: ['grants', grantIndexes[index] ?? index, ...rest] };
}

/** Splits an issue that lists all unknown keys of an object into one issue per key, located at the key. */
export function splitUnrecognizedKeys(issue: z.core.$ZodIssue): UnlocatedIssue[] {
  if (issue.code !== 'unrecognized_keys') return [issue];
  const messages = issue.message.split('\n');
  return issue.keys.map((key, index) => ({
    path: [...issue.path, key],
    message: messages[index] ?? issue.message,
    at: 'key',
  }));
}

const toLocatedIssue = ({ path, message, at }: UnlocatedIssue, source: YamlSource): LocatedIssue => ({
  ...source.locate(path, at),
  path: formatIssuePath(path),
  message,
});

const sortByPosition = (issues: readonly LocatedIssue[]) =>
  issues.toSorted((a, b) => a.line - b.line || a.column - b.column);
