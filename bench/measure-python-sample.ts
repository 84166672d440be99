import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { installPythonPackages } from '../local/airflow/install-python-packages.ts';
import { getRequirementsFile } from '../local/airflow/requirements-file.ts';
import { REGION } from './deployment-names.ts';
import { FUNCTION_VARIABLES } from './requests.ts';
import type { RunningUpstream } from './servers/start-upstream.ts';

/** The running Python sample of AWS's documentation. */
export interface PythonSample {
  /** Runs the command once. */
  call(): Promise<void>;
  close(): void;
}

/** Starts the sample, or returns why it cannot run. */
export async function startPythonSample({ port, caFile }: RunningUpstream): Promise<PythonSample | string> {
  const packages = await installPythonPackages('bench');
  if ('unavailable' in packages) return packages.unavailable;
  const child = spawn(
    join(packages.bin, 'python'),
    [fileURLToPath(new URL('programs/aws_sample.py', import.meta.url))],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: {
        ...FUNCTION_VARIABLES,
        AWS_DEFAULT_REGION: REGION,
        AWS_CA_BUNDLE: caFile,
        SSL_CERT_FILE: caFile,
        BENCH_PORT: String(port),
      },
    },
  );
  const lines = createInterface({ input: child.stdout });
  const exited = once(child, 'exit').then(([code]) =>
    Promise.reject(new Error(`The sample in Python exited with ${code}.`)),
  );
  exited.catch(() => {});
  return {
    async call() {
      child.stdin.write('run\n');
      const [rows] = await Promise.race([once(lines, 'line'), exited]);
      if (rows !== '10') throw new Error(`The sample in Python found ${rows} rows.`);
    },
    close: () => child.stdin.end(),
  };
}

/** Name and version of the SDK that the sample uses. */
export const readBoto3Version = (): string =>
  /^boto3==\S+/m.exec(readFileSync(getRequirementsFile('bench'), 'utf8'))?.[0].replace('==', ' ') ?? 'boto3';
