import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { AirflowHome } from '../../local/airflow/airflow-home.ts';
import type { InstalledAirflow } from '../../local/airflow/install-airflow.ts';
import { createPreforkRunner } from '../../local/airflow/prefork-runner.ts';

/** The real `airflow` of one Airflow home, for shell scripts. */
export interface PreforkedAirflow {
  /** The home's environment, with this `airflow` first on the PATH. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/**
 * Puts a real `airflow` on the PATH, which forks each command from one process that has already imported Airflow. This takes a tenth of the
 * time, and `prefork.test.ts` shows that a fork prints the same and has the same exit code as a new process. Commands run in the folder of
 * the home, with an empty standard input.
 */
export async function startPreforkedAirflow(installed: InstalledAirflow, home: AirflowHome): Promise<PreforkedAirflow> {
  const runner = createPreforkRunner(installed, home);
  const socket = join(home.folder, 'airflow.sock');
  const server = createServer({ allowHalfOpen: true }, (connection) => {
    const received: Buffer[] = [];
    connection.on('data', (chunk) => received.push(chunk));
    connection.on('error', () => {}); // The script may end before it gets the response.
    connection.on('end', () => {
      runner.run(Buffer.concat(received).toString()).then(
        ({ exitCode, stdout, stderr }) => {
          const streams = [stdout, stderr].map((bytes) => bytes.toString('base64'));
          connection.end(JSON.stringify({ exitCode, streams }));
        },
        () => connection.destroy(),
      );
    });
  });
  await new Promise<void>((listening) => server.listen(socket, listening));

  const bin = join(home.folder, 'preforked');
  const client = join(bin, 'client.py');
  await mkdir(bin);
  await writeFile(client, createClient(socket));
  await writeFile(join(bin, 'airflow'), `#!/bin/sh\nexec '${installed.python}' -IS '${client}' "$@"\n`);
  await chmod(join(bin, 'airflow'), 0o755);
  return {
    environment: { ...home.environment, PATH: `${bin}:${home.environment.PATH}` },
    async close() {
      await new Promise((closed) => server.close(closed));
      await runner.close();
    },
  };
}

/**
 * A Python program that sends its arguments quoted for a shell, as MWAA gets them. It then prints both streams and exits with the exit
 * code.
 */
const createClient = (socket: string): string => `
import base64, json, os, shlex, socket, sys

connection = socket.socket(socket.AF_UNIX)
connection.connect(${JSON.stringify(socket)})
connection.sendall(" ".join(map(shlex.quote, sys.argv[1:])).encode("utf-8", "surrogateescape"))
connection.shutdown(socket.SHUT_WR)
result = json.load(connection.makefile())
for number, stream in zip((1, 2), result["streams"]):
    data = base64.b64decode(stream)
    while data:
        data = data[os.write(number, data):]
sys.exit(result["exitCode"])
`;
