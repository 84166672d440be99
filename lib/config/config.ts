import type { z } from 'zod';
import { didYouMean } from '../../airflow/nearest.ts';
import { checkDraft } from './check-draft.ts';
import { ConfigFault, type Fault } from './config-fault.ts';
import { describeIssue } from './config-messages.ts';
import {
  apiSchema,
  configSchema,
  ENVIRONMENT_NAME,
  ENVIRONMENT_NAME_RULE,
  environmentSchema,
  grantSchema,
} from './config-schema.ts';
import type { Check, Config, Draft, EnvironmentDraft, Grant } from './config-types.ts';
import { limitsFor } from './limits.ts';
import { timeOutsFor } from './time-outs.ts';
import { covers } from './where.ts';
import { type Path, readYaml, type YamlSource } from './yaml-source.ts';

/** Reads a configuration file. Throws `ConfigFault` with every fault that is in it. */
export function parseConfig(text: string, fileName: string, checkGrants: Check = () => []): Config {
  const source = readYaml(text);
  if (!source.readable) throw new ConfigFault(fileName, source.faults);
  const parsed = configSchema.safeParse(source.data, { error: describeIssue });
  const issues = [...(parsed.error?.issues ?? []).flatMap(onePerKey), ...nameIssues(source.data)];
  const { draft, grantAt, unplaced } = wellFormed(source);
  const judged = [...checkDraft(draft), ...checkGrants(draft)].map(({ path, ...issue }) => ({
    ...issue,
    path:
      path[0] === 'grants' && typeof path[1] === 'number'
        ? ['grants', grantAt[path[1]] ?? path[1], ...path.slice(2)]
        : path,
  }));
  const wrong = [...issues, ...unplaced, ...judged.filter(({ warning }) => !warning)];
  const faults = [...source.faults, ...wrong.map((issue) => locate(issue, source))];
  if (faults.length > 0 || !parsed.success) throw new ConfigFault(fileName, inOrder(faults));
  const warnings = inOrder(judged.filter(({ warning }) => warning).map((issue) => locate(issue, source)));
  const environments = withDefaults(parsed.data.environments, parsed.data.api.responses);
  return { ...parsed.data, environments, grants: draft.grants, warnings };
}

/** Fills in what depends on how answers travel. */
export function withDefaults(
  environments: Draft['environments'],
  responses: Config['api']['responses'],
): Config['environments'] {
  return Object.fromEntries(
    Object.entries(environments).map(([name, environment]) => {
      const timeouts = timeOutsFor(responses, environment.timeouts);
      return [name, { ...environment, timeouts, limits: limitsFor(responses, environment.limits) }];
    }),
  );
}

type Located = { readonly path: Path; readonly message: string; readonly at?: 'key' };

/** zod reports the unknown keys of an object together; each gets a line and a place of its own. */
function onePerKey(issue: z.core.$ZodIssue): Located[] {
  if (issue.code !== 'unrecognized_keys') return [issue];
  const messages = issue.message.split('\n');
  return issue.keys.map((key, index) => ({
    path: [...issue.path, key],
    message: messages[index] ?? issue.message,
    at: 'key',
  }));
}

// Not a key schema of the record: zod would then skip the values of badly named environments, and their faults.
function nameIssues(data: unknown): Located[] {
  const names = Object.keys(mapping(mapping(data).environments));
  return names
    .filter((name) => !ENVIRONMENT_NAME.test(name))
    .map((name) => ({ path: ['environments', name], message: ENVIRONMENT_NAME_RULE, at: 'key' }));
}

/** The part of the file that can be judged further, and every `where` that names nothing. */
function wellFormed({ data, place }: YamlSource) {
  const file = mapping(data);
  const declared = mapping(file.environments);
  const names = Object.keys(declared);
  const environments: Record<string, EnvironmentDraft> = {};
  for (const [name, value] of Object.entries(declared)) {
    const parsed = environmentSchema.safeParse(value);
    if (parsed.success) environments[name] = parsed.data;
  }

  const grants: Grant[] = [];
  const grantAt: number[] = [];
  const unplaced: Located[] = [];
  for (const [index, value] of list(file.grants).entries()) {
    const parsed = grantSchema.safeParse(value);
    if (!parsed.success) continue;
    const nowhere = parsed.data.where.flatMap((where, position) =>
      names.some((name) => covers(where, name))
        ? []
        : [
            {
              path: ['grants', index, 'where', position],
              message: `no environment is named ${where}.${didYouMean(where, names)}`,
            },
          ],
    );
    unplaced.push(...nowhere);
    const reached = names.filter((name) => parsed.data.where.some((where) => covers(where, name)));
    if (nowhere.length > 0 || reached.some((name) => !Object.hasOwn(environments, name))) continue;
    grants.push({ ...parsed.data, line: place(['grants', index]).line });
    grantAt.push(index);
  }
  const { success, data: rest } = REST.safeParse(file);
  const draft: Draft = {
    ...(success ? { region: rest.region, account: rest.account, kmsKey: rest.kmsKey } : {}),
    alarmTopics: success ? rest.operations.alarmTopics : [],
    api: apiSchema.safeParse(file.api ?? {}).data,
    environments,
    grants,
  };
  return { draft, grantAt, unplaced };
}

/** What stands beside the parts that are read by themselves. Unknown keys are told elsewhere. */
const REST = configSchema.pick({ region: true, account: true, kmsKey: true, operations: true }).loose();

function locate({ path, message, at }: Located, source: YamlSource): Fault {
  const written = path.reduce<string>(
    (before, step) => (typeof step === 'number' ? `${before}[${step}]` : `${before}${before && '.'}${String(step)}`),
    '',
  );
  return { ...source.place(path, at), path: written, message };
}

const inOrder = (faults: readonly Fault[]) => faults.toSorted((a, b) => a.line - b.line || a.column - b.column);

const mapping = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
