import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import type { FaultyStack } from './faulty-stack.ts';

/** A text that was written, and where. */
export interface WrittenText {
  readonly where: string;
  readonly text: string;
}

/** Records everything that this process prints until `stop` is called. It is still printed. */
export function recordOutput(): { readonly written: WrittenText[]; stop(): void } {
  const written: WrittenText[] = [];
  const methods = ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const;
  const originals = methods.map((name) => [name, console[name]] as const);
  const streams = (['stdout', 'stderr'] as const).map((name) => [name, process[name], process[name].write] as const);
  for (const [name, print] of originals) {
    console[name] = (...values: unknown[]) => {
      written.push({ where: `console.${name}`, text: values.map(String).join(' ') });
      print(...values);
    };
  }
  for (const [name, stream, write] of streams) {
    stream.write = ((chunk: string | Uint8Array, ...rest: []) => {
      written.push({ where: name, text: Buffer.from(chunk as string).toString('utf8') });
      return Reflect.apply(write, stream, [chunk, ...rest]);
    }) as typeof stream.write;
  }
  return {
    written,
    stop() {
      for (const [name, print] of originals) console[name] = print;
      for (const [, stream, write] of streams) stream.write = write;
    },
  };
}

/** Every line of every log group: functions, their metrics and audit lines, the access log. */
export function listLogLines({ logs }: FaultyStack): WrittenText[] {
  return logs.lines().map(({ group, message }) => ({ where: `log ${group}`, text: message }));
}

/** All files that the stack has created, except Airflow's database. */
export function listStackFiles({ gateway }: FaultyStack): WrittenText[] {
  const [relay] = gateway.model.functions.values();
  const assembly = dirname(relay!.assetFolder);
  const run = dirname(assembly);
  return readdirSync(run, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('airflow.db'))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ where: file.slice(run.length).split(sep).join('/'), text: readFileSync(file, 'latin1') }));
}

/** Lists the texts that contain a secret, each with the name of the secret and where the text was written. */
export function findSecrets(
  secrets: Readonly<Record<string, readonly string[]>>,
  written: readonly WrittenText[],
): string[] {
  const hits = written.flatMap(({ where, text }) =>
    Object.entries(secrets).flatMap(([name, values]) =>
      values.some((value) => text.includes(value)) ? [`${name} in ${where}: ${text.slice(0, 200)}`] : [],
    ),
  );
  return [...new Set(hits)];
}

/** All tokens of a test run, whole and in parts, and the credentials of the caller and the functions. */
export function listCredentials({ tokens, engineer, gateway }: FaultyStack): Record<string, string[]> {
  const principals = [engineer, ...gateway.functionPrincipals.values()];
  return {
    'a CLI token': tokens.flatMap((token) => [token, ...token.split('.').filter((part) => part.length > 30)]),
    'a secret key': principals.map(({ secretAccessKey }) => secretAccessKey),
    'a session token': principals.flatMap(({ sessionToken }) => sessionToken ?? []),
    'an authorization header': ['Bearer eyJ', 'AWS4-HMAC-SHA256 Credential='],
  };
}
