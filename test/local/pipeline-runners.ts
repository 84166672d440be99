/** Real runners of pipelines: act for GitHub Actions, and gitlab-ci-local. */
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { getCacheFolder } from '../../local/airflow/cache.ts';
import { createInstallerEnvironment, type ProcessResult, runProcess } from '../../local/airflow/run-process.ts';
import { withLock } from '../../local/airflow/with-lock.ts';
import { PACKAGES } from './state-machine.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NODE_FOLDER = `${ROOT}node_modules/node/bin`;
const ACT = 'github.com/nektos/act@v0.2.89';

/** Builds act with Go, once. @returns its path, or why there is none */
export async function installAct(): Promise<{ readonly program: string } | { readonly unavailable: string }> {
  const folder = join(getCacheFolder(), `act-${ACT.split('@')[1]}`);
  const program = join(folder, 'act');
  return withLock(`${folder}.lock`, async () => {
    if (existsSync(program)) return { program };
    const environment = { ...createInstallerEnvironment(), GOBIN: folder };
    const { exitCode, stderr } = await runProcess('go', ['install', ACT], { environment });
    return exitCode === 0 ? { program } : { unavailable: exitCode === null ? 'Go is not installed.' : stderr };
  });
}

/** A git repository with these files, as a runner needs it. */
async function createRepository(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const author = ['-c', 'user.name=test', '-c', 'user.email=test@example.com'];
  const commands = [
    ['init', '--quiet', '--initial-branch=main'],
    ['remote', 'add', 'origin', 'https://git.example.com/my-org/pipelines.git'],
    ['add', '--all'],
    [...author, 'commit', '--quiet', '--message', 'Files'],
    ['update-ref', 'refs/remotes/origin/main', 'HEAD'],
    ['symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/main'],
  ];
  for (const args of commands) {
    const { exitCode, stderr } = await runProcess('git', args, { cwd: folder });
    if (exitCode !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  }
}

/** What a runner is started with. */
export interface RunnerOptions {
  /** A new folder. */
  readonly folder: string;
  /** The file of the workflow or of the pipeline. */
  readonly text: string;
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * Runs a workflow on this machine, without containers. The action is what a checkout of a tag has: action.yml and its file, and nothing
 * that npm would install.
 */
export async function runWorkflow(
  program: string,
  event: string,
  { folder, text, variables }: RunnerOptions,
  environment: Readonly<Record<string, string>>,
): Promise<ProcessResult> {
  const action = join(folder, 'action');
  mkdirSync(join(action, 'action'), { recursive: true });
  for (const file of ['action.yml', 'action/airflow-step.cjs']) cpSync(`${ROOT}${file}`, join(action, file));
  const repository = join(folder, 'repository');
  await createRepository(repository, { '.github/workflows/workflow.yml': text });
  const [, name = ''] = /uses: (mwaa-cli-proxy\/\S+)/.exec(text) ?? [];
  const args = [
    event,
    '--platform=ubuntu-latest=-self-hosted',
    `--local-repository=${name}=${action}`,
    '--no-cache-server',
    ...Object.entries(variables).map(([key, value]) => `--var=${key}=${value}`),
    ...Object.entries(environment).map(([key, value]) => `--env=${key}=${value}`),
  ];
  return runProcess(program, args, {
    cwd: repository,
    environment: { PATH: `${NODE_FOLDER}:${process.env.PATH}`, HOME: folder, XDG_CACHE_HOME: join(folder, 'cache') },
  });
}

/** gitlab-ci-local copies files with rsync, in these three ways. */
const RSYNC = `#!/bin/sh
for argument; do
  case $argument in --files-from=*) list=\${argument#*=} ;; -R*) parents=1 ;; esac
  from=$to to=$argument
done
mkdir -p "$to"
if [ -n "$list" ]; then tar -C "$from" -cf - -T "$list" | tar -xf - -C "$to"
elif [ -n "$parents" ]; then cp -R --parents "$from" "$to"
else tar -C "$from" --exclude=./.gitlab-ci-local -cf - . | tar -xf - -C "$to"; fi
`;

/** Runs the pipeline on this machine, without containers. The template is included from the same repository. */
export async function runGitLabPipeline({ folder, text, variables }: RunnerOptions): Promise<ProcessResult> {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'rsync'), RSYNC);
  chmodSync(join(bin, 'rsync'), 0o755);
  const template = 'templates/airflow-command/template.yml';
  const repository = join(folder, 'repository');
  await createRepository(repository, {
    '.gitlab-ci.yml': text.replace(/component: .*/, `local: /${template}`),
    [template]: readFileSync(`${ROOT}${template}`, 'utf8'),
  });
  const program = join('folder' in PACKAGES ? PACKAGES.folder : '', 'node_modules/gitlab-ci-local/dist/index.js');
  const args = Object.entries(variables).map(([key, value]) => `--variable=${key}=${value}`);
  return runProcess(join(NODE_FOLDER, 'node'), [program, '--force-shell-executor', '--no-color', ...args], {
    cwd: repository,
    environment: { PATH: `${bin}:${NODE_FOLDER}:${process.env.PATH}`, HOME: folder },
  });
}
