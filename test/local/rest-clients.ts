/** Clients of Airflow's REST API, as they are on PyPI: how each of them lists, triggers, waits and reads. */
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PINNED_TOOLS } from '../../local/airflow/installable-releases.ts';
import { runProcess } from '../../local/airflow/run-process.ts';
import type { RestAddress, RestDoor } from './rest-door.ts';

const SCRIPTS = fileURLToPath(new URL('../rest-clients/', import.meta.url));

/** Returns a fenced block of docs/rest.md. It has a name after its language. */
export function findCodeBlock(name: string): string {
  const text = new RegExp(`^\`\`\`\\w+ ${name}\n(.*?)^\`\`\`$`, 'ms').exec(PAGE)?.[1];
  if (text === undefined) throw new Error(`docs/rest.md has no block "${name}".`);
  return text;
}

const PAGE = readFileSync(new URL('../../docs/rest.md', import.meta.url), 'utf8');

/** The web server starts with its first request, and clients wait a few seconds only for an answer. On a busy machine it takes minutes. */
export async function startWebServerOf(door: RestDoor, release: string): Promise<void> {
  const { url, token } = await door.connect('all');
  const version = `${url}/api/${release.startsWith('2.') ? 'v1' : 'v2'}/version`;
  for (let attempt = 1; ; attempt += 1) {
    const { status } = await fetch(version, { headers: { authorization: `Bearer ${token}` } });
    if (status === 200) return;
    if (attempt === 10) throw new Error(`The web server of Airflow ${release} does not start: ${status}.`);
  }
}

/** Runs the example of a client through the proxy. */
export function runExample({ example }: RestClient, options: RunOptions): ReturnType<typeof runProcess> {
  const program = example.endsWith('.py') ? ['python', '-c'] : ['bash', '-ec'];
  return runClient(options, program[0]!, [program[1]!, findCodeBlock(example).replaceAll('analytics-prod', 'prod')]);
}

export interface RestClient {
  readonly name: string;
  /** Its pinned requirements. */
  readonly packages: keyof typeof PINNED_TOOLS;
  /** The releases of Airflow that it is used with. */
  readonly releases: readonly string[];
  /** The code block of docs/rest.md that shows how it is used. */
  readonly example: string;
  /** The code block of docs/rest.md with the rules that it needs, and the steps that these rules do not grant. */
  readonly rules: ClientRules;
  readonly notCovered: readonly string[];
  /** What a caller with narrow grants sees for each step that is refused. */
  readonly refused: Readonly<Record<string, string>>;
  run(options: RunOptions): Promise<ClientStep[]>;
}

export type ClientRules = 'client-rules' | 'af-rules' | 'openmetadata-rules';

export interface RunOptions {
  /** The folder with the programs of its packages. */
  readonly bin: string;
  readonly address: RestAddress;
  /** A folder for its files. */
  readonly home: string;
  readonly dag: string;
  /** How long it waits for the run. */
  readonly seconds?: number;
}

/** What a user sees of one step, without what differs between two equal web servers. */
export interface ClientStep {
  readonly step: string;
  readonly succeeded: boolean;
  readonly text: string;
}

const NOT_GRANTED = 'with these arguments is not granted on prod';

/** The exceptions of the generated clients contain the answer, as JSON or as Python shows it: here without backslashes. */
const REFUSED_CALLS = {
  'list DAGs': `"api GET /dags" ${NOT_GRANTED}`,
  trigger: 'dag_id must match reporting_*',
  'list task instances': `/taskInstances" ${NOT_GRANTED}`,
  'read logs': `/taskInstances/collect/logs/1" ${NOT_GRANTED}`,
};

export const REST_CLIENTS: readonly RestClient[] = [
  {
    name: 'apache-airflow-client 2.10.0',
    packages: 'airflow-client-2',
    releases: ['2.10.3'],
    example: 'client-2.py',
    rules: 'client-rules',
    notCovered: ['list DAGs'],
    refused: REFUSED_CALLS,
    run: createScriptRun('airflow_client_2.py'),
  },
  {
    name: 'apache-airflow-client 3.0.2',
    packages: 'airflow-client-3.0',
    releases: ['3.0.6', '3.3.1'],
    example: 'client-3.py',
    rules: 'client-rules',
    notCovered: ['list DAGs'],
    refused: REFUSED_CALLS,
    run: createScriptRun('airflow_client_3.py'),
  },
  {
    name: 'apache-airflow-client 3.3.2',
    packages: 'airflow-client-3',
    releases: ['3.0.6', '3.3.1'],
    example: 'client-3.py',
    rules: 'client-rules',
    notCovered: ['list DAGs'],
    refused: REFUSED_CALLS,
    run: createScriptRun('airflow_client_3.py'),
  },
  {
    name: 'af 0.9.1',
    packages: 'airflow-client-3',
    releases: ['2.10.3', '3.0.6', '3.3.1'],
    example: 'af.sh',
    rules: 'af-rules',
    notCovered: ['list DAGs', 'list DAGs by path'],
    // Only `af api` shows answers that are errors.
    refused: {
      'list DAGs': "Client error '403 Forbidden'",
      'list DAGs by path': `"api GET /dags" ${NOT_GRANTED}`,
      trigger: "Client error '403 Forbidden'",
      'list task instances': "Client error '403 Forbidden'",
      'read logs': "Client error '403 Forbidden'",
    },
    run: runAf,
  },
  {
    name: 'OpenMetadata 2.0.7',
    packages: 'openmetadata',
    releases: ['2.10.3', '3.0.6', '3.3.1'],
    example: 'openmetadata.yaml',
    rules: 'openmetadata-rules',
    notCovered: [],
    refused: { ingest: '403 Client Error: Forbidden for url' },
    run: runOpenMetadata,
  },
];

/** Two clients that send equal triggers get one run through the proxy. */
const createConf = (program: string, { bin }: RunOptions) => JSON.stringify({ client: join(bin, program) });

/** Runs a script that prints a line of JSON for each step. */
function createScriptRun(script: string): RestClient['run'] {
  return async (options) => {
    const { dag, seconds = 240 } = options;
    const { stdout, stderr } = await runClient(options, 'python', [
      join(SCRIPTS, script),
      options.address.url,
      dag,
      createConf(script, options),
      String(seconds),
    ]);
    const steps = stdout.split('\n').filter((line) => line !== '');
    if (steps.length === 0) throw new Error(stderr);
    return steps.map((line) => {
      const { step, ...outcome } = JSON.parse(line) as { step: string; error?: string };
      return createStep(step, outcome.error === undefined, outcome.error ?? line, options);
    });
  };
}

async function runAf(options: RunOptions): Promise<ClientStep[]> {
  const steps: ClientStep[] = [];
  const run = async (step: string, ...argv: string[]) => {
    const { exitCode, stdout, stderr } = await runClient(options, 'af', argv);
    steps.push(createStep(step, exitCode === 0, stdout + stderr, options));
    return stdout;
  };
  const { dag, seconds = 240 } = options;
  await run('list DAGs', 'dags', 'list');
  await run('list DAGs by path', 'api', 'dags');
  const triggered = await run(
    'trigger',
    ...[
      'runs',
      'trigger-wait',
      dag,
      `--conf=${createConf('af', options)}`,
      '--poll-interval=0.5',
      `--timeout=${seconds}`,
    ],
  );
  const id = /"dag_run_id": "(.+)"/.exec(triggered)?.[1];
  if (id === undefined) return steps;
  await run('list task instances', 'tasks', 'instance', dag, id, 'collect');
  await run('read logs', 'tasks', 'logs', dag, id, 'collect');
  return steps;
}

/** Uses its example as the configuration. Its records are sorted: two runs at the same time have no order. */
async function runOpenMetadata(options: RunOptions): Promise<ClientStep[]> {
  const config = join(options.home, 'openmetadata.yaml');
  const text = findCodeBlock('openmetadata.yaml').replace('$URL/oidc/environments/analytics-prod', options.address.url);
  await mkdir(options.home, { recursive: true });
  await writeFile(config, text);
  const { exitCode, stdout, stderr } = await runClient(options, 'python', [join(SCRIPTS, 'open_metadata.py'), config]);
  const lines = exitCode === 0 ? stdout.split('\n').filter((line) => line.startsWith('{')) : [stderr.trim()];
  const step = createStep('ingest', exitCode === 0, lines.join('\n'), options);
  return [{ ...step, text: step.text.split('\n').sort().join('\n') }];
}

async function runClient(
  { bin, address, home }: RunOptions,
  program: string,
  argv: readonly string[],
): ReturnType<typeof runProcess> {
  await mkdir(home, { recursive: true });
  const environment = {
    PATH: `${bin}:${process.env.PATH}`,
    HOME: home,
    AIRFLOW_HOME: home,
    PYTHONWARNINGS: 'ignore',
    NO_COLOR: '1',
    COLUMNS: '10000',
    URL: address.url.replace(/\/oidc\/.*/, ''),
    TOKEN: address.token,
    AIRFLOW_API_URL: address.url,
    AIRFLOW_AUTH_TOKEN: address.token,
    AF_TELEMETRY_DISABLED: '1',
  };
  return runProcess(program, argv, { cwd: home, environment });
}

function createStep(step: string, succeeded: boolean, output: string, { address }: RunOptions): ClientStep {
  const isLog = step === 'read logs' && succeeded;
  return { step, succeeded, text: isLog ? selectTaskLines(output) : normalizeOutput(output, address) };
}

/** What the task itself has written, and what Airflow has run for it. The other lines depend on the machine's load. */
const selectTaskLines = (log: string): string =>
  [...log.matchAll(/Running command: [^\\"]*|\bcollected\b|Command exited with return code \d+/g)].join('\n');

/** Replaces what differs between two equal web servers, and what the proxy adds to a run: who has triggered it. */
export function normalizeOutput(text: string, { url }: RestAddress): string {
  return (
    text
      .replaceAll(url, 'URL')
      .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)?/g, 'DATE')
      .replace(/manual__DATE\w*|mwaa-cli-proxy__rest-\w+/g, 'RUN')
      .replace(/[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}/g, 'UUID')
      .replace(/"file_token": "[\w.-]+"/g, '"file_token": ""')
      .replace(/"(last_parse_duration|duration|elapsed_seconds|pid|timestamp|startTime|endTime)": [\d.]+/g, '"$1": 0')
      .replace(/"note": "Triggered by oidc:[^"]* all, request UUID\."/g, '"note": null')
      // Some clients leave out what is null.
      .replace(/"note": null,\s*/g, '')
      .replace(/"triggering_user_name": "\w+"/g, '"triggering_user_name": ""')
      // Pydantic shows parts of the answer: a file token, an id.
      .replace(/input_value=[^\n]*, input_type/g, 'input_value=…, input_type')
  );
}
