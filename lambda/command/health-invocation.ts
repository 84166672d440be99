import type { Invocation } from '../../airflow/invocation.ts';
import { HEALTH_COMMAND } from '../../policy/command-sets.ts';

/** A health check as an invocation, so that grants apply to it like to a command. */
export const HEALTH_INVOCATION: Invocation = {
  command: HEALTH_COMMAND,
  values: new Map(),
  addedByProxy: new Set(),
};
