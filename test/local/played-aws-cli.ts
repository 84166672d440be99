import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';

/** The AWS CLI on the PATH of a script, with some services played by a function. */
export interface PlayedAwsCli {
  /** For the PATH. */
  readonly bin: string;
  close(): Promise<void>;
}

/**
 * Writes a program `aws` that hands all calls to the real AWS CLI, except those of some services.
 *
 * @param aws the real AWS CLI
 * @param play returns what the program prints. It exits with 1 if the function throws
 */
export async function startPlayedAwsCli(
  folder: string,
  aws: string,
  services: readonly string[],
  play: (args: readonly string[], cwd: string) => Promise<string>,
): Promise<PlayedAwsCli> {
  const server = createServer(async (request, response) => {
    const { args, cwd } = JSON.parse(await readText(request));
    await play(args, cwd).then(
      (printed) => response.writeHead(200).end(printed),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  const program = join(bin, 'played.mjs');
  writeFileSync(
    program,
    `const body = JSON.stringify({ args: process.argv.slice(2), cwd: process.cwd() });
const response = await fetch(${JSON.stringify(url)}, { method: 'POST', body });
const text = await response.text();
(response.ok ? process.stdout : process.stderr).write(text === '' ? '' : text + '\\n');
process.exitCode = response.ok ? 0 : 1;
`,
  );
  writeFileSync(
    join(bin, 'aws'),
    `#!/bin/sh\ncase $1 in\n  ${services.join('|')}) exec '${process.execPath}' '${program}' "$@" ;;\n  *) exec '${aws}' "$@" ;;\nesac\n`,
  );
  chmodSync(join(bin, 'aws'), 0o755);
  return { bin, close: () => new Promise((closed) => server.close(() => closed()).closeAllConnections()) };
}
