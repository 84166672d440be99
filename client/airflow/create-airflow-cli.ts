import type { AirflowCli } from '../airflow-cli.ts';
import { MwaaCliProxyClient } from '../library/mwaa-cli-proxy-client.ts';
import { type RunOptions, requestSplitCommand } from '../library/request-command.ts';
import { SettingsError } from '../library/settings-error.ts';
import type { Settings } from '../settings.ts';

/**
 * Creates the Airflow CLI that the settings select. The code for direct access to MWAA is loaded only if it is needed.
 *
 * @param defaults for each command that is run through the proxy. Without a proxy no command waits for a slot
 */
export async function createAirflowCli(
  settings: Settings,
  defaults: Pick<RunOptions, 'onWait'> = {},
): Promise<AirflowCli> {
  const { environment, airflowVersion, waitSeconds } = settings;
  if ('mwaa' in settings) {
    const { DirectAirflowCli } = await import('../direct/direct-airflow-cli.ts');
    return new DirectAirflowCli(settings.mwaa, environment);
  }
  const proxy = new MwaaCliProxyClient(settings.proxy, environment);
  const withDefaults = <Options>(options: Options | undefined) => ({
    ...(waitSeconds === undefined ? {} : { waitSeconds }),
    ...defaults,
    ...options,
  });
  return {
    run: (argv, options) => proxy.run(argv, withDefaults(options)),
    runSplit: (argv, options) => requestSplitCommand(settings.proxy, environment, argv, withDefaults(options)),
    runState: ({ dagId, runId }, options) => proxy.runState(dagId, runId, withDefaults(options)),
    async release(signal) {
      if (airflowVersion !== undefined) return airflowVersion;
      const entries = await proxy.environments(signal);
      const entry = entries.find(({ name }) => name === environment);
      if (entry !== undefined) return entry.airflowVersion;
      const names = entries.map(({ name }) => name).join(', ') || 'none';
      throw new SettingsError(
        `Nothing is granted to you in the environment ${environment}. Environments that you can use: ${names}.`,
      );
    },
  };
}
