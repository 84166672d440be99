import type { CommandAnswer } from './library/answers.ts';
import { MwaaCliProxy, type RunOptions, type Word } from './library/mwaa-cli-proxy.ts';
import type { Settings } from './settings.ts';

/** Airflow's command line of one environment, wherever its commands go. */
export interface AirflowCli {
  /** Runs one command, its words without the leading `airflow`. Throws as `MwaaCliProxy.run`. */
  run(argv: readonly Word[], options?: RunOptions): Promise<CommandAnswer>;
}

/** Where the settings say that commands go. */
export const airflowCli = ({ proxy, environment }: Settings): AirflowCli => new MwaaCliProxy(proxy, environment);
