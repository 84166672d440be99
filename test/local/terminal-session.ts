import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEFAULT_CONFIG_FILE, loadConfig } from '../../files/load-config.ts';
import { createClientVariables } from '../../local/call-instructions.ts';
import { findEnvironment } from '../../local/find-environment.ts';
import { startLocalStack } from '../../local/local-stack.ts';
import { runShell } from './run-shell.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The lines that are typed in the session, as the role data-engineer of `config/example.yaml`. */
const createTypedLines = (environment: string): string[] => [
  'airflow dags list --columns dag_id,owners',
  `mwaa run --output json -- dags trigger daily_report --run-id report-22 --conf '{"day": "2026-11-22"}' | jq -c '{outcome, runId}'`,
  "airflow dags list-runs daily_report -o json | jq -r '.[].run_id'",
  'airflow dags delete daily_report',
  'echo "exit $?"',
  `mwaa explain --as arn:aws:iam::111122223333:role/data-engineer --environment ${environment} -- dags pause daily_report`,
];

/**
 * Types the lines in one shell, through a local stack with a real Airflow, and returns what the terminal shows. It uses the
 * environment, and so the Airflow release, that `npm start` uses by default.
 *
 * @returns undefined if there is no real Airflow, or no jq
 */
export async function runTerminalSession(): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'session-'));
  const bin = join(folder, 'bin');
  const environment = findEnvironment(loadConfig(DEFAULT_CONFIG_FILE));
  if (environment === undefined) throw new Error(`${DEFAULT_CONFIG_FILE} has no environment that is enabled.`);
  const stack = await startLocalStack({
    configFile: DEFAULT_CONFIG_FILE,
    environments: [environment],
    behavior: { printsLogNotice: false },
  });
  try {
    if (stack.environments[0]?.replayReason !== undefined) return undefined;
    await mkdir(bin);
    for (const name of ['airflow', 'mwaa']) {
      const program = `#!/bin/sh\nexec '${process.execPath}' '${join(ROOT, 'bin', `${name}.ts`)}' "$@"\n`;
      await writeFile(join(bin, name), program, { mode: 0o755 });
    }
    // From standard error, only lines printed by the client: Airflow's warnings contain folders of this machine.
    const typed = createTypedLines(environment).map(
      (line) => `printf '%s\\n' '$ ${line.replaceAll("'", `'\\''`)}'
(exit $code)
${line}
code=$?
grep '^airflow (' '${folder}/errors'; : > '${folder}/errors'`,
    );
    const script = `command -v jq > /dev/null || exit\ncd '${ROOT}'\nexec 2>> '${folder}/errors'\ncode=0\n${typed.join('\n')}`;
    const { stdout } = await runShell(script, folder, {
      PATH: `${bin}:${process.env.PATH ?? ''}`,
      HOME: folder,
      LANG: 'C.UTF-8',
      ...createClientVariables(stack.url, stack.region, environment, stack.createCaller('data-engineer', 'jo')),
    });
    return stdout === '' ? undefined : normalizeTerminal(stdout);
  } finally {
    await stack.close();
    rmSync(folder, { recursive: true });
  }
}

/** Removes trailing spaces, and replaces request ids with a fixed one. */
const normalizeTerminal = (text: string): string =>
  text
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '5f0c1d2e-…')
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .trimEnd();

const README = /(<!-- A real run: npm run session -->\n\n```console\n)([\s\S]*?)(\n```)/;

/** Returns the session in the text of the README. */
export const extractSession = (readme: string): string | undefined => README.exec(readme)?.[2];

/** Returns the text of the README with this session in it. */
export const replaceSession = (readme: string, session: string): string =>
  readme.replace(README, (_, before: string, __: string, after: string) => before + session + after);
