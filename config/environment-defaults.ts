import type { Config, ConfigDraft } from './config-types.ts';
import { resolveLimits } from './limits.ts';
import { resolveTimeouts } from './timeouts.ts';

/** Fills in the defaults that depend on whether responses are streamed or buffered. */
export function resolveEnvironmentDefaults(
  environments: ConfigDraft['environments'],
  responses: Config['api']['responses'],
): Config['environments'] {
  return Object.fromEntries(
    Object.entries(environments).map(([name, environment]) => {
      const timeouts = resolveTimeouts(responses, environment.timeouts);
      const limits = resolveLimits(responses, environment.limits);
      return [name, { ...environment, timeouts, limits }];
    }),
  );
}
