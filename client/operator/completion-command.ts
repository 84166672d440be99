import { catalogueNear } from '../../lib/config/catalogues.ts';
import { airflowCli } from '../airflow-cli.ts';
import { MwaaCliProxy } from '../library/mwaa-cli-proxy.ts';
import { settingsFrom } from '../settings.ts';
import { completions, type Usable } from '../shell/complete.ts';
import { type Terminal, UsageFault } from '../terminal.ts';

export const COMPLETION_USAGE = `Usage: mwaa completion bash|zsh|fish

Prints what makes the shell complete the words after "airflow": the commands and options that you may run, asked of the proxy as you
press the key; without a proxy, those of the environment's release. For good:

  echo 'source <(mwaa completion bash)' >> ~/.bashrc
  echo 'source <(mwaa completion zsh)' >> ~/.zshrc
  mwaa completion fish > ~/.config/fish/completions/airflow.fish
`;

const SCRIPTS: Readonly<Record<string, string>> = {
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

/** A key was pressed: nobody waits longer. */
const LONGEST_MS = 5_000;

/** @throws UsageFault */
export async function completionCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const [shell, ...words] = args;
  if (shell === '--help' || shell === '-h') {
    terminal.stdout(COMPLETION_USAGE);
    return 0;
  }
  if (shell === 'words') {
    const found = completions(await usable(terminal.environment), words[0] === '--' ? words.slice(1) : words);
    terminal.stdout(found.map((word) => `${word}\n`).join(''));
    return 0;
  }
  const script = shell !== undefined && Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
  if (script === undefined) throw new UsageFault(`Which shell? ${Object.keys(SCRIPTS).join(', ')}.`);
  terminal.stdout(script);
  return 0;
}

async function usable(environment: NodeJS.ProcessEnv): Promise<Usable> {
  const settings = await settingsFrom(environment);
  const signal = AbortSignal.timeout(LONGEST_MS);
  const [release, granted] = await Promise.all([
    airflowCli(settings).then((cli) => cli.release(signal)),
    'proxy' in settings ? new MwaaCliProxy(settings.proxy, settings.environment).commands(signal) : undefined,
  ]);
  return { catalogue: catalogueNear(release).catalogue, granted };
}
