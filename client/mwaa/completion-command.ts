import { findNearestCatalog } from '../../airflow/catalogs.ts';
import { COMMAND_CATALOGS } from '../../files/command-catalogs.ts';
import { parseClientOptions } from '../airflow/client-options.ts';
import { createAirflowCli } from '../airflow/create-airflow-cli.ts';
import { type CompletionSource, getCompletions } from '../airflow/get-completions.ts';
import { MwaaCliProxyClient } from '../library/mwaa-cli-proxy-client.ts';
import { loadSettings } from '../settings.ts';
import { type Terminal, UsageError } from '../terminal.ts';

export const COMPLETION_USAGE = `Usage: mwaa completion bash|zsh|fish

Prints the shell script that completes the words after "airflow": the commands and options that are granted to you (it requests them
from the proxy at each completion) or, without a proxy, all commands of the environment's release. To install it permanently:

  echo 'source <(mwaa completion bash)' >> ~/.bashrc
  echo 'source <(mwaa completion zsh)' >> ~/.zshrc
  mwaa completion fish > ~/.config/fish/completions/airflow.fish
`;

const COMPLETION_SCRIPTS: Readonly<Record<string, string>> = {
  bash: `_mwaa_airflow() {
  local IFS=$'\\n'
  COMPREPLY=($(mwaa completion words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _mwaa_airflow airflow
`,
  zsh: `_mwaa_airflow() {
  local -a found
  found=(\${(f)"$(mwaa completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  compadd -a found
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
compdef _mwaa_airflow airflow
`,
  fish: `complete -c airflow -f -a '(mwaa completion words -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
`,
};

/** Short, because a person waits after pressing a key. */
const COMPLETION_TIMEOUT_MS = 5_000;

/** @throws UsageError */
export async function completionCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const [shell, ...words] = args;
  if (shell === '--help' || shell === '-h') {
    terminal.stdout(COMPLETION_USAGE);
    return 0;
  }
  if (shell === 'words') {
    const source = await loadCompletionSource(terminal.environment);
    const typed = words[0] === '--' ? words.slice(1) : words;
    const last = typed.slice(-1);
    const completions = getCompletions(source, [...parseClientOptions(typed.slice(0, -1)).argv, ...last]);
    terminal.stdout(completions.map((word) => `${word}\n`).join(''));
    return 0;
  }
  const script =
    shell !== undefined && Object.hasOwn(COMPLETION_SCRIPTS, shell) ? COMPLETION_SCRIPTS[shell] : undefined;
  if (script === undefined) throw new UsageError(`Specify the shell: ${Object.keys(COMPLETION_SCRIPTS).join(', ')}.`);
  terminal.stdout(script);
  return 0;
}

async function loadCompletionSource(environment: NodeJS.ProcessEnv): Promise<CompletionSource> {
  const settings = await loadSettings(environment);
  const signal = AbortSignal.timeout(COMPLETION_TIMEOUT_MS);
  const [release, grantedCommands] = await Promise.all([
    createAirflowCli(settings).then((cli) => cli.release(signal)),
    'proxy' in settings ? new MwaaCliProxyClient(settings.proxy, settings.environment).commands(signal) : undefined,
  ]);
  return { catalog: findNearestCatalog(COMMAND_CATALOGS, release).catalog, grantedCommands };
}
