import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Refusal } from '../../../airflow/refusal.ts';
import { createCallForms } from '../../../airflow/rest/call-forms.ts';
import { findOperationFacts } from '../../../airflow/rest/operation-facts.ts';
import { parseCall } from '../../../airflow/rest/parse-call.ts';
import { renderCall } from '../../../airflow/rest/render-call.ts';
import { readRuleCatalog } from '../../../airflow/rest/rule-catalogs.ts';
import { CATALOGS } from '../../../files/catalogs.ts';
import { authorize } from '../../../policy/authorize.ts';
import type { Caller } from '../../../policy/caller.ts';
import { compilePolicy } from '../../../policy/compile-policy.ts';
import { createRandom } from '../random.ts';
import { type AirflowUnderTest, startAirflowUnderTest } from './airflow-under-test.ts';
import { generateRequest } from './generate-request.ts';

/** What only requests about finance may show. */
const MARK = 'ONLY-FINANCE';
/** What an answer about reporting does not contain. */
const FOREIGN = new RegExp(`${MARK}|"dag_id":\\s*"finance_daily"`);
/** Rules that are narrowed to what belongs to the team `reporting`, where a release has them. */
const NARROW_RULES = [
  'dags list-runs reporting_* --state=* --start-date=* --end-date=*',
  'dags list-runs --dag-id=reporting_* --state=* --start-date=* --end-date=*',
  'dags trigger reporting_* --conf=* --run-id=* --logical-date=*',
  'dags trigger reporting_* --conf=* --run-id=* --exec-date=*',
  'dags pause reporting_*',
  'dags unpause reporting_*',
  'dags details reporting_*',
  'tasks clear reporting_* --task-regex=* --start-date=* --end-date=* --only-failed=* --only-running=* --upstream=* --downstream=*',
  'tasks failed-deps reporting_* * * --map-index=*',
  'tasks failed-deps reporting_* * *',
  'backfill create --dag-id=reporting_* --from-date=* --to-date=* --dag-run-conf=* --max-active-runs=* --reprocess-behavior=* --run-backwards=*',
  'variables get reporting_*',
  'variables set reporting_* * --description=*',
  'variables delete reporting_*',
  'connections get reporting_*',
  'connections add reporting_* --conn-type=* --conn-host=* --conn-login=* --conn-password=* --conn-schema=* --conn-port=* --conn-extra=* --conn-description=*',
  'connections delete reporting_*',
  'pools get reporting_*',
  'pools set reporting_* * * --include-deferred=*',
  'pools delete reporting_*',
  'api GET /dagStats --dag_ids=reporting_*',
  'api GET /backfills --dag_id=reporting_* --*',
  'api GET /eventLogs --dag_id=reporting_* --*',
  'api GET /dagWarnings --dag_id=reporting_* --*',
  'api GET /assets/events --source_dag_id=reporting_* --*',
  'api GET /datasets/events --source_dag_id=reporting_* --*',
  'api POST /dags/~/dagRuns/list --dag_ids=reporting_* --*',
  'api POST /dags/*/dagRuns/list --dag_ids=reporting_* --*',
  'api POST /dags/~/dagRuns/~/taskInstances/list --dag_ids=reporting_* --*',
  'api POST /dags/*/dagRuns/*/taskInstances/list --dag_ids=reporting_* --*',
];
const IDENTITY = { realm: 'arn:aws:iam::111122223333:role/', name: 'reporting' };
const CALLER: Caller = { label: 'x', principal: 'x', identities: [IDENTITY] };

/**
 * Sends requests that narrow grants allow to a real web server, and looks for what the grants do not cover.
 *
 * @returns how many were found
 */
export async function fuzzEffects(
  release: string,
  { count, seed }: { readonly count: number; readonly seed: number },
): Promise<number> {
  const rest = CATALOGS.readOperations(release)!;
  const catalog = readRuleCatalog(CATALOGS, { airflow: release, rest: true });
  const may = [...NARROW_RULES, ...createDagRules(release)].filter((rule) => {
    try {
      compilePolicy([{ who: [`${IDENTITY.realm}${IDENTITY.name}`], may: [rule], line: 1 }], catalog);
      return true;
    } catch {
      return false;
    }
  });
  const { policy } = compilePolicy([{ who: [`${IDENTITY.realm}${IDENTITY.name}`], may, line: 1 }], catalog);
  const airflow = await startAirflowUnderTest(release, { records: false });
  const random = createRandom(seed);
  const started = performance.now();
  const counts: Record<string, number> = { refused: 0, denied: 0 };
  const operations = new Set<string>();
  let bugs = 0;
  try {
    await prepare(airflow, release, rest.basePath);
    let before = describeFinance(airflow);
    for (let done = 0; done < count; done++) {
      const request = generateRequest(rest, random);
      try {
        const call = parseCall(rest, request);
        if (!createCallForms(catalog, rest, call).some((form) => authorize(policy, CALLER, form) !== undefined)) {
          counts.denied! += 1;
          continue;
        }
        const rendered = renderCall(rest, call);
        const { status, text } = await airflow.send(rendered);
        counts[status] = (counts[status] ?? 0) + 1;
        if (status < 300) operations.add(`${call.operation.method} ${call.operation.path}`);
        const shown = FOREIGN.exec(text);
        const after = rendered.method === 'GET' ? before : describeFinance(airflow);
        if (shown === null && after === before) continue;
        bugs += 1;
        const what =
          shown === null
            ? 'changes what belongs to finance'
            : `shows ${text.slice(Math.max(0, shown.index - 200), shown.index + 200)}`;
        console.log(
          `BUG ${call.operation.method} ${call.operation.path} ${what}\n    ${rendered.method} ${rendered.target} ${rendered.body ?? ''}`,
        );
        before = after;
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        counts.refused! += 1;
      }
    }
  } finally {
    await airflow.close();
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(
    `Airflow ${release}, ${may.length} narrow rules: ${count} requests in ${seconds} s, ${operations.size} operations succeeded: ${JSON.stringify(counts)}`,
  );
  return bugs;
}

/** Every operation with a DAG in its path, but not the deletion of the DAG. */
function createDagRules(release: string): string[] {
  return [...CATALOGS.readOperations(release)!.commands].flatMap(([{ method, path }, command]) => {
    if (!path.startsWith('/dags/{dag_id}') && path !== '/dagSources/{dag_id}') return [];
    if (`${method} ${path}` === 'DELETE /dags/{dag_id}') return [];
    if (findOperationFacts(method, path)?.notOffered !== undefined) return [];
    const options = command.arguments.some(({ flags }) => flags !== undefined) ? ' --*' : '';
    return [`api ${method} ${path.replace('{dag_id}', 'reporting_*').replace(/\{\w+\}/g, '*')}${options}`];
  });
}

/** Creates runs of both teams with the same run id, and variables, connections and pools. */
async function prepare({ send, home }: AirflowUnderTest, release: string, base: string): Promise<void> {
  const post = async (path: string, body: object): Promise<void> => {
    const { status, text } = await send({ method: 'POST', target: `${base}${path}`, body: JSON.stringify(body) });
    if (status >= 300) throw new Error(`POST ${path}: ${status} ${text}`);
  };
  const date = release.startsWith('2.') ? {} : { logical_date: null };
  for (const [team, secret] of [
    ['reporting', 'own'],
    ['finance', MARK],
  ] as const) {
    for (const id of ['manual__2026-11-22T00:00:00+00:00', 'collect', 'x1']) {
      await post(`/dags/${team}_daily/dagRuns`, { ...date, dag_run_id: id, conf: { secret }, note: secret });
    }
    const name = `${team}_daily`;
    await post('/variables', { key: name, value: secret, description: secret });
    await post('/connections', {
      connection_id: name,
      conn_type: 'http',
      host: secret,
      login: secret,
      extra: JSON.stringify({ host: secret }),
    });
    await post('/pools', { name, slots: 3, description: secret });
  }
  const database = new DatabaseSync(join(home.folder, 'airflow.db'));
  database.exec(`update task_instance set hostname = '${MARK}' where dag_id = 'finance_daily'`);
  database.close();
}

/** Tables with the columns that say to which team a row belongs. */
const TABLES: readonly (readonly [table: string, ...names: string[]])[] = [
  ['dag', 'dag_id'],
  ['dag_run', 'dag_id'],
  ['dag_run_note'],
  ['task_instance', 'dag_id'],
  ['task_instance_note', 'dag_id'],
  ['xcom', 'dag_id'],
  ['backfill', 'dag_id'],
  ['variable', 'key'],
  ['connection', 'conn_id'],
  ['slot_pool', 'pool'],
];

function readRows(database: DatabaseSync, table: string, names: readonly string[]): string[] {
  // Not every release has every table.
  const exists = database.prepare('select 1 from sqlite_master where name = ?').get(table) !== undefined;
  const rows = exists ? database.prepare(`select * from ${table}`).all() : [];
  return rows.flatMap((row) => {
    const text = JSON.stringify({ ...row, last_parsed_time: undefined });
    return names.some((name) => row[name] === 'finance_daily') || text.includes(MARK) ? [`${table} ${text}`] : [];
  });
}

/** Every row of the other team. */
function describeFinance({ home }: AirflowUnderTest): string {
  const database = new DatabaseSync(join(home.folder, 'airflow.db'), { readOnly: true });
  try {
    return TABLES.flatMap(([table, ...names]) => readRows(database, table, names)).join('\n');
  } finally {
    database.close();
  }
}
