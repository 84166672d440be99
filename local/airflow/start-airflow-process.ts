import type { AirflowHome } from './airflow-home.ts';
import { type PythonProcess, startPythonProcess } from './start-python-process.ts';

/**
 * Starts a program of Airflow, such as `scheduler`. It ends when this process ends for any reason, and does not keep this process alive.
 *
 * @param words the command line after `airflow`
 * @param variables added to the environment of the home
 */
export function startAirflowProcess(
  home: AirflowHome,
  words: readonly string[],
  variables: Readonly<Record<string, string>>,
): PythonProcess {
  const bin = home.environment.PATH!.split(':')[0]!;
  const environment = { ...home.environment, ...variables };
  return startPythonProcess(bin, ['airflow', ...words], { environment, cwd: home.folder });
}
