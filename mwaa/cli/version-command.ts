import type { Invocation } from '../../airflow/invocation.ts';

/** A command that every release has and that MWAA allows to everyone. It needs no arguments and changes nothing. */
export const VERSION_COMMAND_LINE = 'version';

/** The same command as an invocation, without a catalog. */
export const VERSION_INVOCATION: Invocation = {
  command: { path: [VERSION_COMMAND_LINE], arguments: [] },
  values: new Map(),
  addedByProxy: new Set(),
};
