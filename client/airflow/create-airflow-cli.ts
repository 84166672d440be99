import type { CommandResult } from '../library/api-types.ts';
import { type ArgvElement, MwaaCliProxy, type RunOptions } from '../library/mwaa-cli-proxy.ts';
import { type Settings, SettingsError } from '../settings.ts';

/** Airflow's command line of one environment, wherever its commands go. */
export interface AirflowCli {
  /** Runs one command, its words without the leading `airflow`. Throws as `MwaaCliProxy.run`. */
  run(argv: readonly ArgvElement[], options?: RunOptions): Promise<CommandResult>;
  /** The release that commands are read by, as in `2.10.3`. Nothing is run where that can be helped. */
  release(signal?: AbortSignal): Promise<string>;
}

/** Where the settings say that commands go. The way to MWAA itself is loaded only where it is gone. */
export async function createAirflowCli(settings: Settings): Promise<AirflowCli> {
  const { environment, airflowVersion } = settings;
  if ('mwaa' in settings) {
    const { DirectAirflowCli } = await import('../direct/direct-airflow-cli.ts');
    return new DirectAirflowCli(settings.mwaa, environment);
  }
  const proxy = new MwaaCliProxy(settings.proxy, environment);
  return {
    run: (argv, options) => proxy.run(argv, options),
    async release(signal) {
      if (airflowVersion !== undefined) return airflowVersion;
      const found = (await proxy.environments(signal)).find(({ name }) => name === environment);
      if (found === undefined) throw new SettingsError(`Nothing is granted to you in an environment ${environment}.`);
      return found.airflowVersion;
    },
  };
}
