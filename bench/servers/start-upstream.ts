import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildScripts } from '../build-scripts.ts';
import { getHostnames } from './hostnames.ts';
import type { UpstreamAnswers } from './upstream.ts';

/** The running servers behind the functions. */
export interface RunningUpstream {
  readonly hostnames: ReturnType<typeof getHostnames>;
  readonly port: number;
  readonly caFile: string;
  /** Host and port of each server, and the loopback address that serves it. */
  readonly network: Readonly<Record<string, string>>;
  /** Variables with which a Node.js process reaches the servers by their names, and no others but `network`. */
  createVariables(network?: Readonly<Record<string, string>>): NodeJS.ProcessEnv;
  setAnswers(answers: UpstreamAnswers): Promise<void>;
  close(): void;
}

export async function startUpstream(region: string, answers: UpstreamAnswers): Promise<RunningUpstream> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-upstream-'));
  const child = fork(fileURLToPath(new URL('upstream.ts', import.meta.url)), [folder, region]);
  const [{ port, caFile }] = (await once(child, 'message')) as [{ port: number; caFile: string }];
  const setAnswers = async (newAnswers: UpstreamAnswers) => {
    child.send(newAnswers);
    await once(child, 'message');
  };
  await setAnswers(answers);
  const hostnames = getHostnames(region);
  const preload = await buildScripts('../local/gateway/functions/preload-network');
  const network = Object.fromEntries(
    Object.values(hostnames).map((hostname) => [`${hostname}:443`, `127.0.0.1:${port}`]),
  );
  return {
    hostnames,
    port,
    caFile,
    network,
    createVariables: (more = {}) => ({
      NODE_OPTIONS: `--require=${preload.getFile('preload-network')}`,
      NODE_EXTRA_CA_CERTS: caFile,
      PRELOADED_NETWORK: JSON.stringify({ ...network, ...more }),
    }),
    setAnswers,
    close() {
      child.disconnect();
      preload.remove();
      rmSync(folder, { recursive: true });
    },
  };
}
