/** Runs the action of this repository as GitHub's runner does: from action.yml, with the variables and files that a step gets. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { ServerCertificate } from '../../local/mwaa/certificate-authority.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export const ACTION = parse(readFileSync(`${ROOT}action.yml`, 'utf8')) as {
  readonly inputs: Record<
    string,
    { readonly default?: string; readonly required?: boolean; readonly description: string }
  >;
  readonly outputs: Record<string, { readonly description: string }>;
  readonly runs: { readonly using: string; readonly main: string };
};

/** What a person sees of a step, and what the next steps get. */
export interface StepView {
  readonly exitCode: number | null;
  /** The log without the lines that the runner reads as commands. */
  readonly log: string;
  readonly annotations: readonly {
    readonly level: string;
    readonly title: string | undefined;
    readonly message: string;
  }[];
  readonly summary: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly masks: readonly string[];
  /** Everything that the step printed. */
  readonly raw: string;
}

export interface StepOptions {
  readonly with: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The values of expressions in action.yml. Missing ones are empty, as on a server that does not know them. */
  readonly expressions?: Readonly<Record<string, string>>;
  /** Called with the running program and each text that it prints. */
  readonly onText?: (text: string, child: ChildProcess) => void;
}

/** @param folder of the job: its temporary files, which the runner empties before each job */
export async function runAction(folder: string, options: StepOptions): Promise<StepView> {
  mkdirSync(folder, { recursive: true });
  const files = mkdtempSync(join(folder, 'step-'));
  const output = join(files, 'output');
  const summary = join(files, 'summary');
  for (const file of [output, summary]) writeFileSync(file, '');
  const inputs = Object.entries(ACTION.inputs).map(([name, input]) => {
    const value = options.with[name] ?? evaluate(String(input.default ?? ''), options.expressions ?? {});
    return [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, value] as const;
  });
  const child = spawn(`${ROOT}node_modules/node/bin/node`, [join(ROOT, ACTION.runs.main)], {
    cwd: files,
    env: {
      PATH: process.env.PATH,
      HOME: files,
      GITHUB_ACTIONS: 'true',
      GITHUB_REPOSITORY_ID: '1296269',
      GITHUB_RUN_ID: '1658821493',
      GITHUB_RUN_ATTEMPT: '1',
      GITHUB_JOB: 'trigger',
      GITHUB_ACTION: '__mwaa-cli-proxy_mwaa-cli-proxy',
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: summary,
      RUNNER_TEMP: folder,
      ...Object.fromEntries(inputs),
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let raw = '';
  const onText = (text: string) => {
    raw += text;
    options.onText?.(text, child);
  };
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', onText);
  const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return {
    exitCode,
    raw,
    ...readLog(raw),
    summary: readFileSync(summary, 'utf8'),
    outputs: readOutputs(readFileSync(output, 'utf8')),
  };
}

const evaluate = (text: string, expressions: Readonly<Record<string, string>>): string =>
  text.replace(/\$\{\{ (.+?) \}\}/g, (_, expression: string) => expressions[expression] ?? '');

/** The commands that the runner knows (`ActionCommandManager.cs` of actions/runner). */
const COMMANDS = [
  'add-mask',
  'error',
  'warning',
  'notice',
  'debug',
  'group',
  'endgroup',
  'set-output',
  'set-env',
  'add-path',
  'stop-commands',
  'save-state',
  'echo',
  'add-matcher',
  'remove-matcher',
];

/** Reads lines as the runner does (`ActionCommand.cs`): both forms of commands, and the token that stops them. */
function readLog(raw: string): Pick<StepView, 'log' | 'annotations' | 'masks'> {
  const log: string[] = [];
  const annotations: StepView['annotations'][number][] = [];
  const masks: string[] = [];
  let stopToken: string | undefined;
  for (const line of raw.split(/\r\n|\n|\r/)) {
    const [, name = '', list = '', data = ''] =
      /^\s*::([\w-]+)(?: (.*?))?::(.*)$/.exec(line) ?? /##\[([\w-]+)(?: (.*?))?\](.*)$/.exec(line) ?? [];
    if (stopToken !== undefined) {
      if (name === stopToken) stopToken = undefined;
      else log.push(line);
    } else if (!COMMANDS.includes(name)) log.push(line);
    else if (name === 'stop-commands') stopToken = data;
    else if (name === 'add-mask') masks.push(data);
    else {
      const properties = Object.fromEntries(list.split(',').map((pair) => pair.split('=', 2)));
      annotations.push({
        level: name,
        title: properties.title && unescapeText(properties.title),
        message: unescapeText(data),
      });
    }
  }
  return { log: log.join('\n'), annotations, masks };
}

const unescapeText = (text: string): string =>
  text
    .replaceAll('%2C', ',')
    .replaceAll('%3A', ':')
    .replaceAll('%0A', '\n')
    .replaceAll('%0D', '\r')
    .replaceAll('%25', '%');

/** Reads the file of outputs as the runner does (`FileCommandManager.cs`). Later values replace earlier ones. */
function readOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  const lines = text.split('\n');
  for (let at = 0; at < lines.length - 1; at++) {
    const [, name = '', delimiter = ''] = /^([^=]+?)<<(.+)$/.exec(lines[at]!) ?? [];
    if (name === '') throw new Error(`Not an output: ${lines[at]}`);
    const end = lines.indexOf(delimiter, at + 1);
    outputs[name] = lines.slice(at + 1, end).join('\n');
    at = end;
  }
  return outputs;
}

export interface TokenServer {
  readonly variables: Readonly<Record<string, string>>;
  readonly port: number;
  /** How many tokens were issued. */
  readonly count: () => number;
  close(): void;
}

/**
 * Issues tokens as GitHub documents it: for a GET with the audience, and the request token of the job as bearer.
 *
 * @param tls undefined: without TLS
 */
export async function startTokenServer(
  issueToken: () => Promise<string>,
  tls?: { readonly host: string; readonly certificate: ServerCertificate },
): Promise<TokenServer> {
  let count = 0;
  const listener: RequestListener = async (request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    const isValid =
      request.headers.authorization === 'Bearer the-token-of-the-job' &&
      url.searchParams.get('api-version') === '2.0' &&
      url.searchParams.get('audience') === 'mwaa-cli-proxy';
    if (!isValid) return void response.writeHead(401).end('{}');
    count += 1;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ count: 1, value: await issueToken() }));
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls.certificate, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    variables: {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${tls === undefined ? `http://127.0.0.1:${port}` : `https://${tls.host}`}/idtoken/1/2?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'the-token-of-the-job',
    },
    port,
    count: () => count,
    close: () => void server.close(),
  };
}
