/** Runs the job of the GitLab component as GitLab does: the text of the inputs in the template, then its script in a shell. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { runProcess } from '../../local/airflow/run-process.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const TEMPLATE = readFileSync(`${ROOT}templates/airflow-command/template.yml`, 'utf8');

interface Spec {
  readonly spec: { readonly inputs: Record<string, { readonly default?: unknown; readonly type?: string } | null> };
}
interface Job {
  readonly variables: Record<string, { readonly value: string; readonly expand: boolean }>;
  readonly script: readonly string[];
}

export const readSpec = (): Spec['spec']['inputs'] => (parseAllDocuments(TEMPLATE)[0]!.toJSON() as Spec).spec.inputs;

/** The jobs of the template with these inputs. GitLab replaces text, and reads the result as YAML (`text_template.rb` of GitLab). */
export function expandTemplate(inputs: Readonly<Record<string, unknown>>): Record<string, Job> {
  const body = TEMPLATE.slice(TEMPLATE.indexOf('\n---\n') + 5);
  const spec = readSpec();
  const text = body.replace(/\$\[\[ inputs\.([\w-]+) \]\]/g, (_, name: string) => {
    const value = inputs[name] ?? spec[name]?.default;
    return typeof value === 'string' ? value : JSON.stringify(value);
  });
  return parseAllDocuments(text)[0]!.toJSON();
}

/** Packs the program as the npm package does, into a file. */
export async function packProgram(folder: string): Promise<string> {
  const source = join(folder, 'package');
  mkdirSync(source);
  const names = { name: 'mwaa-cli-proxy', version: '0.1.0', bin: { 'airflow-step': 'airflow-step.cjs' } };
  writeFileSync(join(source, 'package.json'), JSON.stringify(names));
  writeFileSync(join(source, 'airflow-step.cjs'), readFileSync(`${ROOT}action/airflow-step.cjs`), { mode: 0o755 });
  const { exitCode, stderr } = await runProcess('npm', ['pack', '--silent', '--pack-destination', folder], {
    cwd: source,
  });
  if (exitCode !== 0) throw new Error(stderr);
  return `file:${join(folder, 'mwaa-cli-proxy-0.1.0.tgz')}`;
}

export interface JobView {
  readonly exitCode: number | null;
  readonly log: string;
  /** The variables for later jobs. */
  readonly variables: Readonly<Record<string, string>>;
  readonly report: string;
  readonly output: string | undefined;
}

/** Runs the job of the component with these inputs. @param isInstalled starts the program without npm, which installs it otherwise */
export async function runComponent(
  folder: string,
  inputs: Readonly<Record<string, unknown>>,
  variables: Readonly<Record<string, string>>,
  isInstalled: boolean,
): Promise<JobView> {
  const [job] = Object.values(expandTemplate(inputs));
  const cwd = mkdtempSync(join(folder, 'job-'));
  const environment = {
    PATH: `${ROOT}node_modules/node/bin:${process.env.PATH}`,
    HOME: folder,
    GITLAB_CI: 'true',
    CI_SERVER_HOST: 'gitlab.example.com',
    CI_PROJECT_ID: '72',
    CI_PIPELINE_ID: '1000',
    CI_JOB_ID: crypto.randomUUID(),
    CI_JOB_NAME: 'report',
    ...Object.fromEntries(Object.entries(job!.variables).map(([name, { value }]) => [name, value])),
    ...variables,
  };
  const { exitCode, stdout, stderr } = await runProcess(
    'sh',
    ['-e', '-c', isInstalled ? `node '${ROOT}action/airflow-step.cjs'` : job!.script.join('\n')],
    {
      cwd,
      environment,
    },
  );
  const read = (name: string) => (existsSync(join(cwd, name)) ? readFileSync(join(cwd, name), 'utf8') : undefined);
  const lines = (read('airflow-step.env') ?? '').split('\n').filter((line) => line !== '');
  return {
    exitCode,
    log: stdout + stderr,
    variables: Object.fromEntries(lines.map((line) => line.split(/=(.*)/s, 2) as [string, string])),
    report: read('airflow-step.xml') ?? '',
    output: read('airflow-step-output'),
  };
}
