import type { z } from 'zod';
import { didYouMean } from '../airflow/nearest.ts';
import { ConfigFault, type Fault } from './config-fault.ts';
import { describeIssue } from './config-messages.ts';
import {
  configSchema,
  ENVIRONMENT_NAME,
  ENVIRONMENT_NAME_RULE,
  environmentSchema,
  grantSchema,
} from './config-schema.ts';
import { covers } from './where.ts';
import { type Path, readYaml, type YamlSource } from './yaml-source.ts';

export type Environment = z.output<typeof environmentSchema>;

/** `who` and `where` are lists here, however they were written. */
export type Grant = z.output<typeof grantSchema> & {
  /** Where the grant begins in the file, counted from 1. */
  readonly line: number;
};

/** A checked configuration file with every default filled in. Plain data. */
export type Config = Omit<z.output<typeof configSchema>, 'grants'> & {
  readonly grants: readonly Grant[];
  /** What is worth knowing of the file, and not wrong. */
  readonly warnings: readonly Fault[];
};

/** A fault that is known by its place in the data, as in `['grants', 0, 'may', 2]`. */
export interface Issue {
  readonly path: (string | number)[];
  readonly message: string;
  /** Worth knowing, and not wrong. */
  readonly warning?: boolean;
}

/**
 * Judges the sentences of the grants. It is called also when other parts of the file are wrong, so that all faults are
 * reported at once, and then sees only the environments and grants that are well-formed (and grants all of whose
 * environments are). Its paths count within what it was given.
 */
export type GrantCheck = (config: Pick<Config, 'environments' | 'grants'>) => readonly Issue[];

/** Reads a configuration file. Throws `ConfigFault` with every fault that is in it. */
export function parseConfig(text: string, fileName: string, checkGrants: GrantCheck = () => []): Config {
  const source = readYaml(text);
  if (!source.readable) throw new ConfigFault(fileName, source.faults);
  const parsed = configSchema.safeParse(source.data, { error: describeIssue });
  const issues = [...(parsed.error?.issues ?? []).flatMap(onePerKey), ...nameIssues(source.data)];
  const { config, grantAt, unplaced } = wellFormed(source);
  const judged = checkGrants(config).map(({ path, ...issue }) => ({
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
  return { ...parsed.data, grants: config.grants, warnings };
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
  const declared = mapping(mapping(data).environments);
  const names = Object.keys(declared);
  const environments: Record<string, Environment> = {};
  for (const [name, value] of Object.entries(declared)) {
    const parsed = environmentSchema.safeParse(value);
    if (parsed.success) environments[name] = parsed.data;
  }

  const grants: Grant[] = [];
  const grantAt: number[] = [];
  const unplaced: Located[] = [];
  for (const [index, value] of list(mapping(data).grants).entries()) {
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
  return { config: { environments, grants }, grantAt, unplaced };
}

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
