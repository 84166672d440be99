/** A stack for the tests of pipelines: callers with tokens, and DAGs whose runs end at once. */
import { splitCommandLine } from '../../airflow/split-command-line.ts';
import type { AirflowResult, AirflowRunner } from '../../local/airflow/airflow-runner.ts';
import type { LocalStack } from '../../local/local-stack.ts';
import { createPlayedAirflow } from '../contract/played-airflow.ts';
import { ISSUER_URL, type OidcIssuer, startOidcIssuer } from './oidc-issuer.ts';
import { createConfig, startSmallStack } from './small-stack.ts';

const CONFIG = createConfig(
  `callers: { accounts: ["111122223333"] },
   oidc: { issuer: "${ISSUER_URL}", jwksUri: "${ISSUER_URL}/jwks", audience: mwaa-cli-proxy, requiredClaims: { repository_owner: my-org } }`,
  ', concurrency: 4, timeouts: { busySeconds: 1 }',
  [
    'who: "oidc:repository=my-org/pipelines", where: "*", may: ["@read", "@secrets", "dags trigger * --conf=* --run-id=*", "variables set * *"]',
    'who: "oidc:repository=my-org/narrow", where: "*", may: ["dags trigger fails_on_purpose", "dags list-runs --dag-id=*"]',
    'who: "arn:aws:iam::111122223333:role/nightly-workflow", where: "*", may: ["dags trigger * --conf=*", "variables set * *", "@read"]',
  ],
);
const CLIENTS = {
  pipelines: { claims: { repository_owner: 'my-org', repository: 'my-org/pipelines' } },
  narrow: { claims: { repository_owner: 'my-org', repository: 'my-org/narrow' } },
  stranger: { claims: { repository_owner: 'my-org', repository: 'my-org/other' } },
};
export type PipelineClient = keyof typeof CLIENTS;

export interface PipelineStack extends LocalStack {
  readonly issuer: OidcIssuer;
  issueToken(client: PipelineClient): Promise<string>;
  /** The triggers that reached Airflow. */
  listTriggers(): string[];
}

/** Text that a DAG author could print, for whoever reads it as commands. */
export const HOSTILE_LINES = [
  '::error title=pwned::not from the action',
  '   ::set-output name=run-id::pwned',
  'text ##[set-env name=PATH]/pwned',
  '::add-mask::succeeded',
  '::stop-commands::x',
  '```',
  '# pwned <img src=x onerror=alert(1)> [link](javascript:alert(1)) @octocat',
  '\u001b[0Ksection_start:1:pwned\r\u001b[0K\u202epwned',
  'delimiter-0',
];

/** How the runs of a DAG end, and the tasks that are listed then. */
const RUNS: Readonly<
  Record<string, { readonly states: readonly string[]; readonly tasks?: Readonly<Record<string, string>> }>
> = {
  daily_report: { states: ['running', 'success'] },
  fails_on_purpose: {
    states: ['running', 'failed'],
    tasks: { extract: 'success', fail: 'failed', load: 'upstream_failed' },
  },
  hostile: { states: ['failed'], tasks: Object.fromEntries(HOSTILE_LINES.map((line) => [line, 'failed'])) },
  paused_by_hand: { states: ['queued'] },
};

export async function startPipelineStack(): Promise<PipelineStack> {
  let issuer: OidcIssuer | undefined;
  const stack = await startSmallStack(CONFIG, {
    adaptRunner: createEndingRuns,
    createExtraNetwork: async (issue) => {
      issuer = await startOidcIssuer(issue, CLIENTS);
      return issuer.network;
    },
  });
  return {
    ...stack,
    issuer: issuer!,
    issueToken: (client) => issuer!.issueToken(client),
    listTriggers: () =>
      stack.mwaa.journal.flatMap(({ kind, commandText = '' }) =>
        kind === 'cli' && commandText.startsWith('dags trigger') ? [commandText] : [],
      ),
    async close() {
      await stack.close();
      await issuer?.close();
    },
  };
}

/** Changes the states that the played Airflow shows. */
function createEndingRuns(runner: AirflowRunner): AirflowRunner {
  const played = createPlayedAirflow(runner);
  const looks = new Map<string, number>();
  const triggered: { readonly dag_id: string; readonly run_id: string }[] = [];
  return {
    ...played,
    async run(text, signal) {
      const words = splitCommandLine(text);
      if (text.startsWith('dags trigger'))
        triggered.push({ dag_id: words.at(-1) ?? '', run_id: /--run-id=(\S+)/.exec(text)?.[1] ?? '' });
      if (text.startsWith('variables set last_day')) return print('Variable last_day created\n');
      if (text.startsWith('variables get hostile')) return print(`${HOSTILE_LINES.join('\n')}\n`);
      if (text.startsWith('variables get missing')) {
        return {
          exitCode: 1,
          stdout: Buffer.from(''),
          stderr: Buffer.from(`${HOSTILE_LINES.join('\n')}\nVariable missing does not exist\n`),
        };
      }
      // All runs of a DAG. Only the ones that are found by their date are played.
      const isWholeList = text.startsWith('dags list-runs') && !text.includes('--start-date');
      const rows = triggered.filter(({ dag_id }) => text.includes(`--dag-id=${dag_id}`));
      const result = isWholeList ? print(JSON.stringify(rows)) : await played.run(text, signal);
      const [dag = ''] = words.slice(2).filter((word) => !word.startsWith('--'));
      // There are recordings of only one DAG.
      if (text.startsWith('dags trigger') && result.stderr.includes('no transcript has this command')) {
        const { stdout } = await runner.run(
          text.replace(/\S+$/, 'daily_report').replace(/ --conf=.*? (?=--)/, ' '),
          signal,
        );
        return print(stdout.toString().replaceAll('daily_report', dag));
      }
      if (result.exitCode !== 0) return result;
      if (text.startsWith('dags list-runs --')) {
        return changeRows(result, (row) => {
          const { states } = RUNS[String(row.dag_id)] ?? { states: ['success'] };
          const count = looks.get(String(row.run_id)) ?? 0;
          looks.set(String(row.run_id), count + 1);
          return [{ ...row, state: states[Math.min(count, states.length - 1)] }];
        });
      }
      if (text.startsWith('tasks states-for-dag-run')) {
        const { tasks = { collect: 'success' } } = RUNS[words.at(-2) ?? ''] ?? {};
        return changeRows(result, (row) =>
          Object.entries(tasks).map(([task, state]) => ({ ...row, task_id: task, state })),
        );
      }
      // The state of a run that an earlier request has started.
      if (text.startsWith('dags state'))
        return print(result.stdout.toString().replace(/^\w+/, RUNS[dag]?.states.at(-1) ?? 'success'));
      return result;
    },
  };
}

const print = (text: string): AirflowResult => ({ exitCode: 0, stdout: Buffer.from(text), stderr: Buffer.from('') });

function changeRows({ stdout }: AirflowResult, change: (row: Record<string, unknown>) => unknown[]): AirflowResult {
  const rows = JSON.parse(stdout.toString()) as Record<string, unknown>[];
  return print(`${JSON.stringify(rows.flatMap(change))}\n`);
}
