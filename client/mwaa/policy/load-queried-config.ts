import type { Config } from '../../../config/config-types.ts';
import { toPolicyConfig } from '../../../config/policy-file.ts';
import { loadConfig } from '../../../files/load-config.ts';
import { type Terminal, UsageError } from '../../terminal.ts';
import { findDefaultConfig } from '../find-default-config.ts';
import { loadPolicyFile } from '../policy-push-command.ts';
import { isPolicyAddress } from './policy-address.ts';
import { fetchStoredPolicy, PolicyStoreError } from './policy-object.ts';

/** The configuration that decisions are explained for, and the file that its warnings are in. */
export interface QueriedConfig {
  readonly config: Config;
  readonly file: string;
}

/**
 * Loads a configuration, or the policy of a deployment without the CDK: a policy file, or what is stored at an address.
 *
 * @throws UsageError, ConfigError
 */
export async function loadQueriedConfig(
  options: { readonly config?: string | undefined; readonly policy?: string | undefined },
  terminal: Terminal,
): Promise<QueriedConfig> {
  const { policy } = options;
  if (policy === undefined) {
    const file = options.config ?? findDefaultConfig();
    return { config: loadConfig(file), file };
  }
  if (options.config !== undefined) throw new UsageError('Write either --config or --policy.');
  if (!isPolicyAddress(policy)) {
    const { config, warnings } = loadPolicyFile(policy);
    return { config: { ...config, warnings }, file: policy };
  }
  const stored = await fetchStoredPolicy(policy, { region: undefined, profile: undefined }, terminal).catch((cause) => {
    throw cause instanceof PolicyStoreError ? new UsageError(cause.message, { cause }) : cause;
  });
  return { config: toPolicyConfig(stored.policy), file: policy };
}
