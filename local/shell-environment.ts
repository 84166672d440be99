import { randomBytes } from 'node:crypto';
import { chmod, cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Credentials } from '../client/library/credentials.ts';
import type { IssuedCredentials } from './iam/principal-store.ts';
import { LOCAL_FOLDER } from './local-folder.ts';

/** Settings of the clients that would replace those of the file. */
const UNSET_VARIABLES = [
  'AWS_PROFILE',
  'MWAA_CLI_PROXY_PROFILE',
  'MWAA_CLI_PROXY_STDERR',
  'MWAA_CLI_PROXY_TOKEN',
  'MWAA_CLI_PROXY_TOKEN_FILE',
  'MWAA_CLI_PROXY_TOKEN_COMMAND',
  'MWAA_AIRFLOW_VERSION',
  'MWAA_WEB_SERVER_HOSTNAME',
];

/**
 * Returns a script for `source` in any POSIX shell: sets the variables, and puts `airflow` and `mwaa` first on the PATH.
 *
 * @param bin the folder of the programs
 */
export function formatShellEnvironment(variables: Readonly<Record<string, string>>, bin: string): string {
  const exports = Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}`);
  return `# Written by npm start. To use it: source this file.
unset ${UNSET_VARIABLES.join(' ')}
${exports.join('\n')}
case ":$PATH:" in
  *:${quote(bin)}:*) ;;
  *) export PATH=${quote(bin)}:"$PATH" ;;
esac
hash -r 2> /dev/null || true
`;
}

const quote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** Writes a file that only its owner can read. Others see the old content or the new, nothing between. */
export async function writePrivateFile(file: string, text: string): Promise<void> {
  const temporary = `${file}.tmp-${process.pid}`;
  await writeFile(temporary, text, { mode: 0o600 });
  await rename(temporary, file);
}

/**
 * Copies the built programs, and writes a script for each that runs it with the Node.js of this process.
 *
 * @param built the folder of `airflow.cjs` and `mwaa.cjs`
 * @returns the folder of the scripts
 */
export async function installPrograms(built: string, folder = LOCAL_FOLDER): Promise<string> {
  const programs = join(folder, 'programs');
  const bin = join(folder, 'bin');
  await mkdir(bin, { recursive: true });
  const temporary = `${programs}.tmp-${process.pid}`;
  await cp(built, temporary, { recursive: true });
  await rm(programs, { recursive: true, force: true });
  // Another `npm start` may have written the same programs.
  await rename(temporary, programs).catch(() => rm(temporary, { recursive: true, force: true }));
  for (const name of ['airflow', 'mwaa']) {
    const file = join(bin, name);
    await writePrivateFile(
      file,
      `#!/bin/sh\nexec ${quote(process.execPath)} ${quote(join(programs, `${name}.cjs`))} "$@"\n`,
    );
    await chmod(file, 0o755);
  }
  return bin;
}

/** Returns the credentials of the caller, which are the same for each start. Creates them the first time. */
export async function loadCredentials(folder = LOCAL_FOLDER): Promise<IssuedCredentials> {
  const file = join(folder, 'credentials.json');
  const stored = await readFile(file, 'utf8')
    .then(JSON.parse, () => undefined)
    .catch(() => undefined);
  if (isCredentials(stored)) return stored;
  const created = {
    accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64'),
    sessionToken: randomBytes(30).toString('base64'),
  };
  await mkdir(dirname(file), { recursive: true });
  await writePrivateFile(file, JSON.stringify(created));
  return created;
}

const isCredentials = (value: unknown): value is Required<Credentials> =>
  ['accessKeyId', 'secretAccessKey', 'sessionToken'].every(
    (name) => typeof (value as Record<string, unknown> | undefined)?.[name] === 'string',
  );
