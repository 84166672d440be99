import type { z } from 'zod';
import type { Catalogs } from '../airflow/rest/rule-catalogs.ts';
import type { apiSchema } from './api-schema.ts';
import type { LocatedIssue } from './config-error.ts';
import type { configSchema, grantSchema } from './config-schema.ts';
import type { deploymentSchema } from './deployment-schema.ts';
import type { environmentSchema } from './environment-schema.ts';
import type { eventSchema } from './event-schema.ts';
import type { resolveLimits } from './limits.ts';
import type { Timeouts } from './timeouts.ts';

/** One environment as in the file, with the defaults that do not depend on other parts of the file. */
export type EnvironmentDraft = z.output<typeof environmentSchema>;

export type EnvironmentConfig = Omit<EnvironmentDraft, 'timeouts' | 'limits'> & {
  readonly timeouts: Timeouts;
  readonly limits: ReturnType<typeof resolveLimits>;
};

/** One event rule. */
export type EventConfig = z.output<typeof eventSchema>;

/** One deployment that runs commands. */
export type DeploymentConfig = z.output<typeof deploymentSchema>;

/** One grant. `who` and `where` are lists, even if the file contains a single string. */
export type ConfigGrant = z.output<typeof grantSchema> & {
  /** The line on which the grant begins, counted from 1. */
  readonly line: number;
};

type ParsedConfigFile = z.output<typeof configSchema>;

/** A checked configuration file with all defaults filled in. Plain data. */
export type Config = Omit<ParsedConfigFile, 'grants' | 'environments'> & {
  readonly environments: Readonly<Record<string, EnvironmentConfig>>;
  readonly grants: readonly ConfigGrant[];
  readonly warnings: readonly LocatedIssue[];
};

/** An error or a warning about one value of the configuration. */
export interface ConfigIssue {
  /** The path of the value, such as `['grants', 0, 'may', 2]`. */
  readonly path: (string | number)[];
  readonly message: string;
  /** True for a warning, which does not stop the deployment. */
  readonly warning?: boolean;
}

/**
 * The valid parts of a configuration, so that checks can run even if other parts are invalid: the valid environments, the valid
 * grants whose environments are all valid, and the other sections if they are valid.
 */
export interface ConfigDraft {
  readonly region?: string | undefined;
  readonly account?: string | undefined;
  readonly kmsKey?: string | undefined;
  /** Undefined if it is not set. */
  readonly alarmTopics?: readonly string[] | undefined;
  /** The concurrency that Lambda allows the account of the file in its region. */
  readonly accountConcurrency?: number | undefined;
  readonly functionPolicies?: ParsedConfigFile['functionPolicies'] | undefined;
  readonly api?: z.output<typeof apiSchema> | undefined;
  readonly environments: Readonly<Record<string, EnvironmentDraft>>;
  readonly grants: readonly ConfigGrant[];
  readonly events: Readonly<Record<string, EventConfig>>;
  readonly deployments: Readonly<Record<string, DeploymentConfig>>;
}

/** Checks how the parts of a configuration fit together. The paths of its issues are relative to the draft. */
export type ConfigCheck = (draft: ConfigDraft, catalogs: Catalogs) => readonly ConfigIssue[];
