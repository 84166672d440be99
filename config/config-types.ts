import type { z } from 'zod';
import type { LocatedIssue } from './config-error.ts';
import type { apiSchema, configSchema, environmentSchema, grantSchema } from './config-schema.ts';
import type { resolveLimits } from './limits.ts';
import type { Timeouts } from './timeouts.ts';

/** One environment as it is written, with the defaults that do not depend on other parts of the file. */
export type EnvironmentDraft = z.output<typeof environmentSchema>;

export type EnvironmentConfig = Omit<EnvironmentDraft, 'timeouts' | 'limits'> & {
  readonly timeouts: Timeouts;
  readonly limits: ReturnType<typeof resolveLimits>;
};

/** `who` and `where` are lists here, however they were written. */
export type ConfigGrant = z.output<typeof grantSchema> & {
  /** Where the grant begins in the file, counted from 1. */
  readonly line: number;
};

type ParsedConfigFile = z.output<typeof configSchema>;

/** A checked configuration file with every default filled in. Plain data. */
export type Config = Omit<ParsedConfigFile, 'grants' | 'environments'> & {
  readonly environments: Readonly<Record<string, EnvironmentConfig>>;
  readonly grants: readonly ConfigGrant[];
  /** What is worth knowing of the file, and not wrong. */
  readonly warnings: readonly LocatedIssue[];
};

/** A fault that is known by its place in the data, as in `['grants', 0, 'may', 2]`. */
export interface ConfigIssue {
  readonly path: (string | number)[];
  readonly message: string;
  /** Worth knowing, and not wrong. */
  readonly warning?: boolean;
}

/**
 * What can be judged of a file, also when other parts of it are wrong: its environments and grants that are well-formed (and
 * grants all of whose environments are), and the rest where it is.
 */
export interface ConfigDraft {
  readonly region?: string | undefined;
  readonly account?: string | undefined;
  readonly kmsKey?: string | undefined;
  readonly alarmTopics: readonly string[];
  readonly api?: z.output<typeof apiSchema> | undefined;
  readonly environments: Readonly<Record<string, EnvironmentDraft>>;
  readonly grants: readonly ConfigGrant[];
}

/** Judges what one part of the file says about another. Its paths count within what it was given. */
export type ConfigCheck = (draft: ConfigDraft) => readonly ConfigIssue[];
