/**
 * Starts moto's server, which plays AWS services on a loopback port: SQS, EventBridge, Secrets Manager, SSM, S3. It checks neither
 * signatures nor policies: `serve-aws.ts` does. It is installed like the other Python tools.
 */
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from '../airflow/find-free-port.ts';
import { installPythonPackages } from '../airflow/install-python-packages.ts';
import { startPythonProcess } from '../airflow/start-python-process.ts';

/** A running moto server. Its state ends with it. */
export interface Moto {
  readonly port: number;
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  close(): Promise<void>;
}

const START_SECONDS = 60;

/** Starts a server for one account. @returns the reason if Python or its packages are not available */
export async function startMoto(account: string): Promise<Moto | { readonly unavailable: string }> {
  const packages = await installPythonPackages('moto');
  if ('unavailable' in packages) return packages;
  const port = await findFreePort();
  const server = startPythonProcess(packages.bin, ['moto_server', '-H', '127.0.0.1', '-p', port], {
    environment: { PATH: packages.bin, HOME: tmpdir(), LANG: 'C.UTF-8', TZ: 'UTC', MOTO_ACCOUNT_ID: account },
    cwd: tmpdir(),
  });
  const url = `http://127.0.0.1:${port}`;
  for (let waited = 0; waited < START_SECONDS; waited += 0.05) {
    const failure = server.failure();
    if (failure !== undefined) throw new Error(`moto has exited: ${failure}`);
    const isReady = await fetch(`${url}/moto-api/data.json`, { signal: AbortSignal.timeout(5000) }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return { port: Number(port), url, close: () => server.end() };
    await sleep(50);
  }
  await server.end();
  throw new Error(`moto did not answer within ${START_SECONDS} seconds.`);
}
