import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { Agent, request as sendHttp } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { RenderedCall } from '../../../airflow/rest/render-call.ts';
import type { AirflowHome } from '../../../local/airflow/airflow-home.ts';
import { createAirflowHome } from '../../../local/airflow/create-airflow-home.ts';
import { installAirflow } from '../../../local/airflow/install-airflow.ts';
import { startWebServer } from '../../../local/airflow/start-web-server.ts';
import { logIn } from '../../local/rest-door.ts';

const RECORDER = fileURLToPath(new URL('record_requests.py', import.meta.url));
const DAGS = fileURLToPath(new URL('../../fixtures/rest-dags', import.meta.url));

export interface AirflowUnderTest {
  readonly home: AirflowHome;
  send(call: RenderedCall): Promise<{ readonly status: number; readonly text: string }>;
  close(): Promise<void>;
}

/**
 * Starts a web server of a release, with a session of Airflow's role `Admin`.
 *
 * @param records whether it says how it has read each request, instead of running it
 */
export async function startAirflowUnderTest(
  release: string,
  { records }: { readonly records: boolean },
): Promise<AirflowUnderTest> {
  const installed = await installAirflow(release, { onProgress: console.error });
  if ('unavailable' in installed) throw new Error(`Airflow ${release}: ${installed.unavailable}`);
  const folder = await mkdtemp(join(tmpdir(), 'fuzz-rest-'));
  const home = await createAirflowHome(installed, join(folder, 'home'), { dags: DAGS });
  if (records) {
    await mkdir(join(home.folder, 'config'), { recursive: true });
    await copyFile(RECORDER, join(home.folder, 'config', 'airflow_local_settings.py'));
  }
  const webServer = await startWebServer(release, home);
  const token = await logIn(webServer, release);
  const login: Record<string, string> = release.startsWith('2.')
    ? { cookie: `session=${token}` }
    : { authorization: `Bearer ${token}` };
  return {
    home,
    send: createSender(webServer.url, login),
    close: async () => {
      await webServer.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function createSender(url: string, login: Readonly<Record<string, string>>): AirflowUnderTest['send'] {
  // A connection that the server closes while it is idle would lose a request.
  const agent = new Agent({ keepAlive: false });
  const { hostname, port } = new URL(url);
  const sendOnce: AirflowUnderTest['send'] = ({ method, target, body }) =>
    new Promise((resolve, reject) => {
      const type = body === undefined ? {} : { 'content-type': 'application/json' };
      const headers = { ...login, accept: 'application/json', ...type };
      const request = sendHttp({ agent, hostname, port, method, path: target, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
        response.on('error', reject);
      });
      request.on('error', reject);
      request.end(body);
    });
  // The web server replaces its worker now and then.
  return async (call) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await sendOnce(call);
      } catch (error) {
        if (attempt === 3)
          throw new Error(`No answer to ${call.method} ${call.target} ${call.body ?? ''}`, { cause: error });
        await sleep(2000);
      }
    }
  };
}
