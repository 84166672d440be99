import type { z } from 'zod';
import { formatDidYouMean } from '../airflow/did-you-mean.ts';
import { checkDraft } from './check-draft.ts';
import { ConfigError, type LocatedIssue } from './config-error.ts';
import {
  apiSchema,
  configSchema,
  ENVIRONMENT_NAME_MESSAGE,
  ENVIRONMENT_NAME_PATTERN,
  environmentSchema,
  grantSchema,
} from './config-schema.ts';
import type { Config, ConfigCheck, ConfigDraft, ConfigGrant, EnvironmentDraft } from './config-types.ts';
import { describeIssue } from './describe-issue.ts';
import { resolveLimits } from './limits.ts';
import { matchesEnvironment } from './matches-environment.ts';
import { resolveTimeouts } from './timeouts.ts';
import { parseYamlSource, type YamlPath, type YamlSource } from './yaml-source.ts';

/** Reads a configuration file. Throws `ConfigError` with every fault that is in it. */
export function parseConfig(text: string, fileName: string, checkGrants: ConfigCheck = () => []): Config {
  const source = parseYamlSource(text);
  if (!source.isReadable) throw new ConfigError(fileName, source.issues);
  const parsed = configSchema.safeParse(source.data, { error: describeIssue });
  const issues = [
    ...(parsed.error?.issues ?? []).flatMap(splitUnrecognizedKeys),
    ...findInvalidEnvironmentNames(source.data),
  ];
  const { draft, grantAt, unplaced } = extractDraft(source);
  const judged = [...checkDraft(draft), ...checkGrants(draft)].map(({ path, ...issue }) => ({
    ...issue,
    path:
      path[0] === 'grants' && typeof path[1] === 'number'
        ? ['grants', grantAt[path[1]] ?? path[1], ...path.slice(2)]
        : path,
  }));
  const wrong = [...issues, ...unplaced, ...judged.filter(({ warning }) => !warning)];
  const faults = [...source.issues, ...wrong.map((issue) => toLocatedIssue(issue, source))];
  if (faults.length > 0 || !parsed.success) throw new ConfigError(fileName, sortByPosition(faults));
  const warnings = sortByPosition(
    judged.filter(({ warning }) => warning).map((issue) => toLocatedIssue(issue, source)),
  );
  const environments = resolveEnvironmentDefaults(parsed.data.environments, parsed.data.api.responses);
  return { ...parsed.data, environments, grants: draft.grants, warnings };
}

/** Fills in what depends on how answers travel. */
export function resolveEnvironmentDefaults(
  environments: ConfigDraft['environments'],
  responses: Config['api']['responses'],
): Config['environments'] {
  return Object.fromEntries(
    Object.entries(environments).map(([name, environment]) => {
      const timeouts = resolveTimeouts(responses, environment.timeouts);
      return [name, { ...environment, timeouts, limits: resolveLimits(responses, environment.limits) }];
    }),
  );
}

type UnlocatedIssue = { readonly path: YamlPath; readonly message: string; readonly at?: 'key' };

/** zod reports the unknown keys of an object together; each gets a line and a place of its own. */
function splitUnrecognizedKeys(issue: z.core.$ZodIssue): UnlocatedIssue[] {
  if (issue.code !== 'unrecognized_keys') return [issue];
  const messages = issue.message.split('\n');
  return issue.keys.map((key, index) => ({
    path: [...issue.path, key],
    message: messages[index] ?? issue.message,
    at: 'key',
  }));
}

// Not a key schema of the record: zod would then skip the values of badly named environments, and their faults.
function findInvalidEnvironmentNames(data: unknown): UnlocatedIssue[] {
  const names = Object.keys(toMapping(toMapping(data).environments));
  return names
    .filter((name) => !ENVIRONMENT_NAME_PATTERN.test(name))
    .map((name) => ({ path: ['environments', name], message: ENVIRONMENT_NAME_MESSAGE, at: 'key' }));
}

/** The part of the file that can be judged further, and every `where` that names nothing. */
function extractDraft({ data, locate }: YamlSource) {
  const file = toMapping(data);
  const declared = toMapping(file.environments);
  const names = Object.keys(declared);
  const environments: Record<string, EnvironmentDraft> = {};
  for (const [name, value] of Object.entries(declared)) {
    const parsed = environmentSchema.safeParse(value);
    if (parsed.success) environments[name] = parsed.data;
  }

  const grants: ConfigGrant[] = [];
  const grantAt: number[] = [];
  const unplaced: UnlocatedIssue[] = [];
  for (const [index, value] of toList(file.grants).entries()) {
    const parsed = grantSchema.safeParse(value);
    if (!parsed.success) continue;
    const nowhere = parsed.data.where.flatMap((where, position) =>
      names.some((name) => matchesEnvironment(where, name))
        ? []
        : [
            {
              path: ['grants', index, 'where', position],
              message: `no environment is named ${where}.${formatDidYouMean(where, names)}`,
            },
          ],
    );
    unplaced.push(...nowhere);
    const reached = names.filter((name) => parsed.data.where.some((where) => matchesEnvironment(where, name)));
    if (nowhere.length > 0 || reached.some((name) => !Object.hasOwn(environments, name))) continue;
    grants.push({ ...parsed.data, line: locate(['grants', index]).line });
    grantAt.push(index);
  }
  const { success, data: rest } = OTHER_SECTIONS_SCHEMA.safeParse(file);
  const draft: ConfigDraft = {
    ...(success ? { region: rest.region, account: rest.account, kmsKey: rest.kmsKey } : {}),
    alarmTopics: success ? rest.operations.alarmTopics : [],
    api: apiSchema.safeParse(file.api ?? {}).data,
    environments,
    grants,
  };
  return { draft, grantAt, unplaced };
}

/** What stands beside the parts that are read by themselves. Unknown keys are told elsewhere. */
const OTHER_SECTIONS_SCHEMA = configSchema
  .pick({ region: true, account: true, kmsKey: true, operations: true })
  .loose();

function toLocatedIssue({ path, message, at }: UnlocatedIssue, source: YamlSource): LocatedIssue {
  const written = path.reduce<string>(
    (before, step) => (typeof step === 'number' ? `${before}[${step}]` : `${before}${before && '.'}${String(step)}`),
    '',
  );
  return { ...source.locate(path, at), path: written, message };
}

const sortByPosition = (faults: readonly LocatedIssue[]) =>
  faults.toSorted((a, b) => a.line - b.line || a.column - b.column);

const toMapping = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

const toList = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
