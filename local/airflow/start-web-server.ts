import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { AirflowHome } from './airflow-home.ts';
import { findFreePort } from './find-free-port.ts';
import { startAirflowProcess } from './start-airflow-process.ts';

const FILES = fileURLToPath(new URL('web-server/', import.meta.url));

/** A web server of Airflow that serves the REST API and the login of `web-server/mwaa_login.py`. */
export interface AirflowWebServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** The HMAC key of the tokens that the login accepts: HS256, audience `web`, claims `sub` (the user) and `role`. */
  readonly loginKey: string;
  /** False once it has exited by itself. */
  isRunning(): boolean;
  close(): Promise<void>;
}

/** Importing Airflow and its providers takes 10 to 30 seconds. */
const START_SECONDS = 180;

/**
 * Starts Airflow's own web server: `webserver` on 2.x, `api-server` on 3.x. It uses the database of the home.
 *
 * @throws Error with the end of its output if it exits, or if it does not answer within three minutes or until the signal aborts
 */
export async function startWebServer(
  release: string,
  home: AirflowHome,
  signal?: AbortSignal,
): Promise<AirflowWebServer> {
  const port = await findFreePort();
  const loginKey = randomBytes(32).toString('hex');
  const isAirflow3 = release.startsWith('3.');
  const words = [isAirflow3 ? 'api-server' : 'webserver', ...(isAirflow3 ? ['--host'] : ['--hostname']), '127.0.0.1'];
  const server = startAirflowProcess(home, [...words, '--port', port, '--workers', '1'], {
    // Not in the home, where `airflow plugins` would show it.
    AIRFLOW__CORE__PLUGINS_FOLDER: FILES,
    AIRFLOW__WEBSERVER__SECRET_KEY: randomBytes(32).toString('hex'),
    AIRFLOW__API__SECRET_KEY: randomBytes(32).toString('hex'),
    AIRFLOW__API_AUTH__JWT_SECRET: randomBytes(32).toString('hex'),
    MWAA_LOGIN_KEY: loginKey,
    // The plugin is in a folder of this project.
    PYTHONDONTWRITEBYTECODE: '1',
  });
  const url = `http://127.0.0.1:${port}`;
  const version = `${url}/api/${isAirflow3 ? 'v2' : 'v1'}/version`;
  for (let waited = 0; waited < START_SECONDS && !signal?.aborted; waited += 0.5) {
    const failure = server.failure();
    if (failure !== undefined) throw new Error(`The web server of Airflow ${release} has exited: ${failure}`);
    const isReady = await fetch(version, { signal: AbortSignal.timeout(5000) }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return { url, loginKey, isRunning: () => server.failure() === undefined, close: () => server.end() };
    await sleep(500);
  }
  await server.end();
  signal?.throwIfAborted();
  throw new Error(`The web server of Airflow ${release} did not answer within ${START_SECONDS} seconds.`);
}
