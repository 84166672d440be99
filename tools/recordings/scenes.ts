/**
 * The commands that are recorded. A scene is a new Airflow home with DAG files, and the lines that run in it one after another, so that a
 * line sees the effects of earlier lines. The lines contain the command names of all Airflow generations. A line is skipped for a release
 * whose catalog does not contain it; a test requires that every line exists in some release.
 *
 * The first word of a line is the mode in which the rest is sent:
 *
 *     json    as the proxy sends it for JSON output
 *     raw     as the proxy sends it for raw output
 *     both    json, then raw; for commands that change nothing
 *     typed   unchanged, without parsing: for usage errors of Airflow's parser, and for placeholders of the replay
 *     pair    two commands, separated by `&`, at the same time within one second
 *     killed  like json, once for each share of its output after which it is killed
 */
export interface Scene {
  readonly name: string;
  /** Folders of DAG files. The project's example DAGs are added unless the scene is `bare`. */
  readonly dags?: readonly URL[];
  /** A folder of DAG files that replaces all others. */
  readonly onlyDags?: URL;
  readonly bare?: boolean;
  readonly lines: readonly string[];
  /** Folders whose content is copied to AIRFLOW_HOME: `plugins`, and `modules` for PYTHONPATH. */
  readonly extensions?: readonly URL[];
  /** What the hostile DAG file or plugin does while a line runs, see `hostile/dags/hostile_behavior.py`. */
  readonly behaviors?: readonly string[];
  /** How many lines meet one behavior: others in every release. All by default. */
  readonly linesPerBehavior?: number;
  /** Environment variables of Airflow's processes. `{home}` stands for AIRFLOW_HOME. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The database, by default SQLite with the DAGs. `unreachable`: nothing listens. `locked`: another process holds the lock. `read-only`: PostgreSQL without writing. */
  readonly database?: 'empty' | 'locked' | 'read-only' | 'unreachable' | 'postgresql';
  /** Starts a new process for each command instead of forking one. */
  readonly plain?: true;
  /** The signals that end killed commands, in turn. SIGKILL by default. */
  readonly signals?: readonly string[];
}

export const splitLines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** The commands that the replay without an Airflow supports, see `local/airflow/replay-runner.ts`. */
const EVERYDAY = splitLines(`
  both  version
  json  cheat-sheet
  both  dags list
  json  dags list-import-errors
  json  dags report
  json  dags next-execution daily_report
  typed dags trigger --conf=<conf> --run-id=<run-id> --output=json --no-replace-microseconds daily_report
  json  dags list-runs --dag-id=daily_report
  json  dags list-runs daily_report
  typed dags trigger --conf=<conf> --run-id=<run-id> --output=json --no-replace-microseconds reporting_daily
  json  dags list-runs --dag-id=reporting_daily
  json  dags list-runs reporting_daily
  typed dags trigger --conf=<conf> --run-id=<run-id> --output=json --no-replace-microseconds no_such_dag
  typed dags trigger --run-id=<run-id> --output=json --no-replace-microseconds no_such_dag
  typed dags trigger --run-id=<run-id> --no-replace-microseconds no_such_dag
  typed dags trigger --run-id=<run-id> --output=json --exec-date=<logical-date> --no-replace-microseconds fails_on_purpose
  typed dags trigger --run-id=<run-id> --output=json --logical-date=<logical-date> --no-replace-microseconds fails_on_purpose
  typed dags trigger --conf=<conf> --run-id=<run-id> --output=json daily_report
  typed dags trigger --conf=<conf> --run-id=<run-id> daily_report
  typed trigger_dag --run_id=<run-id> --conf=<conf> daily_report
  typed trigger_dag --run_id=<run-id> --conf=<conf> no_such_dag
  typed dags state fails_on_purpose <logical-date>
  json  dags delete --yes daily_report
  json  dags reserialize
  typed dags trigger --run-id=<run-id> --output=json --no-replace-microseconds daily_report
  json  dags delete --yes reporting_daily
  json  dags reserialize
  typed dags trigger --run-id=<run-id> --output=json --no-replace-microseconds reporting_daily
  typed dags trigger --run-id=<run-id> --output=json --no-replace-microseconds paused_by_hand
  json  dags pause daily_report
  json  dags unpause daily_report
  json  dags pause no_such_dag
  json  tasks list daily_report
  json  tasks list no_such_dag
  typed tasks test fails_on_purpose fail <logical-date>
  json  variables set note hello
  json  variables list
  json  variables get note
  json  variables get missing
  json  variables delete note
  json  roles list
  json  providers list
  typed dags nonsense
  typed dags trigger
  typed trigger_dag
  typed version --nonsense
`);

const FORMS_AIRFLOW_1 = splitLines(`
  json  list_dags
  json  list_dags --report
  json  list_dags --subdir=/usr/local/airflow/dags/nowhere.py
  json  list_tasks daily_report
  json  list_tasks daily_report --tree
  json  list_tasks no_such_dag
  json  trigger_dag daily_report --run_id=one
  json  trigger_dag daily_report --run_id=one
  json  trigger_dag daily_report --run_id=dated --exec_date=2026-02-03T04:05:06+00:00
  json  trigger_dag daily_report --run_id=dated-again --exec_date=2026-02-03T04:05:06+00:00
  json  trigger_dag daily_report --run_id=bad-date --exec_date=soon
  json  trigger_dag daily_report --run_id=zürich --conf='{"größe":"12 m²"}'
  typed trigger_dag daily_report --run_id=bad-conf --conf=nonsense
  json  trigger_dag paused_by_hand --run_id=one
  json  trigger_dag no_such_dag
  pair  trigger_dag reporting_daily --run_id=first & trigger_dag reporting_daily --run_id=second
  json  list_dag_runs daily_report
  json  list_dag_runs daily_report --state=failed
  json  list_dag_runs daily_report --state=nonsense
  json  list_dag_runs fails_on_purpose
  json  list_dag_runs no_such_dag
  json  dag_state daily_report 2026-02-03T04:05:06+00:00
  json  dag_state daily_report 2020-01-01
  json  dag_state daily_report soon
  json  dag_state no_such_dag 2020-01-01
  json  next_execution scheduled_daily
  json  next_execution daily_report
  json  next_execution paused_by_hand
  json  next_execution no_such_dag
  json  pause reporting_daily
  json  pause reporting_daily
  json  pause no_such_dag
  json  unpause reporting_daily
  json  unpause reporting_daily
  json  unpause no_such_dag
  json  show_dag daily_report
  json  show_dag no_such_dag
  json  show_dag daily_report --save=nowhere.nonsense
  json  task_failed_deps daily_report start 2026-02-03T04:05:06+00:00
  json  task_failed_deps daily_report no_such_task 2026-02-03T04:05:06+00:00
  json  task_failed_deps no_such_dag start 2026-02-03
  json  task_state daily_report start 2026-02-03T04:05:06+00:00
  json  task_state daily_report start 2020-01-01
  json  task_state daily_report no_such_task 2020-01-01
  json  task_state no_such_dag start 2020-01-01
  json  render daily_report publish 2026-02-03T04:05:06+00:00
  json  render templated json 2026-02-03
  json  render daily_report no_such_task 2026-02-03
  json  render no_such_dag start 2026-02-03
  json  test daily_report collect 2026-02-03
  json  test daily_report publish 2026-02-03 --dry_run
  json  test fails_on_purpose fail 2026-02-03
  json  test daily_report no_such_task 2026-02-03
  json  test no_such_dag start 2026-02-03
  json  test daily_report collect soon
  json  run daily_report start 2026-02-03T04:05:06+00:00 --local --mark_success
  json  run daily_report start 2026-02-03T04:05:06+00:00 --raw
  json  run fails_on_purpose fail 2026-02-03 --raw
  json  run daily_report no_such_task 2026-02-03
  json  run no_such_dag start 2026-02-03
  json  clear daily_report --no_confirm
  json  clear daily_report --no_confirm --task_regex=nothing_like_it
  json  clear daily_report
  json  clear no_such_dag --no_confirm
  json  backfill scheduled_daily --start_date=2026-02-01 --end_date=2026-02-01 --mark_success
  json  backfill scheduled_daily --start_date=2026-02-01 --end_date=2026-02-02 --dry_run
  json  backfill fails_on_purpose --start_date=2026-02-01 --end_date=2026-02-01
  json  backfill scheduled_daily
  json  backfill no_such_dag --start_date=2026-02-01
  json  pool --set small 2 {}
  json  pool --get=small
  json  pool --get=missing
  json  pool --delete=small
  json  pool --delete=missing
  json  pool --import=/nowhere.json
  json  pool
  json  variables --set note hello
  json  variables --set größe "12 m² für Zürich"
  json  variables --set api_password hunter2
  json  variables --set rows [1,2]
  json  variables
  json  variables --get=note
  json  variables --get=größe
  json  variables --get=rows --json
  json  variables --get=note --json
  json  variables --get=missing
  json  variables --get=missing --default=fallback
  json  variables --delete=note
  json  variables --delete=missing
  json  variables --import=/nowhere.json
  json  variables --export=/dev/stdout
  json  delete_dag paused_by_hand --yes
  json  delete_dag no_such_dag --yes
  json  delete_dag reporting_daily
`);

/** Commands of 2.x and 3.x, in both spellings where they differ. */
const FORMS = splitLines(`
  both  dags list
  both  dags list --columns=dag_id
  both  dags list --columns=dag_id,nonsense
  json  dags list --subdir=/usr/local/airflow/dags/nowhere.py
  json  dags list --local
  json  dags list --bundle-name=nowhere
  both  dags list-import-errors
  both  dags report
  both  dags list-jobs
  json  dags list-jobs --dag-id=no_such_dag
  json  dags list-jobs --state=failed --limit=1
  json  dags trigger daily_report --run-id=one
  json  dags trigger daily_report --run-id=one
  raw   dags trigger daily_report --run-id=plain
  raw   dags trigger daily_report --run-id=plain
  json  dags trigger daily_report --run-id=dated --exec-date=2026-02-03T04:05:06+00:00
  json  dags trigger daily_report --run-id=dated-again --exec-date=2026-02-03T04:05:06+00:00
  raw   dags trigger daily_report --run-id=dated-again --exec-date=2026-02-03T04:05:06+00:00
  json  dags trigger daily_report --run-id=bad-date --exec-date=soon
  json  dags trigger daily_report --run-id=dated --logical-date=2026-02-03T04:05:06+00:00
  json  dags trigger daily_report --run-id=dated-again --logical-date=2026-02-03T04:05:06+00:00
  raw   dags trigger daily_report --run-id=dated-again --logical-date=2026-02-03T04:05:06+00:00
  json  dags trigger daily_report --run-id=bad-date --logical-date=soon
  json  dags trigger daily_report --run-id=zürich --conf='{"größe":"12 m²"}'
  raw   dags trigger daily_report --run-id=straße
  typed dags trigger --run-id=bad-conf --conf=nonsense daily_report
  typed dags trigger --run-id=bad-conf --conf=[1] daily_report
  json  dags trigger paused_by_hand --run-id=one
  raw   dags trigger paused_by_hand --run-id=two
  json  dags trigger no_such_dag
  raw   dags trigger no_such_dag
  json  dags trigger never_seen
  pair  dags trigger reporting_daily --run-id=first & dags trigger reporting_daily --run-id=second
  both  dags list-runs --dag-id=daily_report
  both  dags list-runs daily_report
  json  dags list-runs --dag-id=daily_report --state=failed
  json  dags list-runs daily_report --state=failed
  both  dags list-runs --dag-id=daily_report --start-date=2030-01-01
  both  dags list-runs daily_report --start-date=2030-01-01
  json  dags list-runs --dag-id=daily_report --start-date=soon
  json  dags list-runs daily_report --start-date=soon
  typed dags list-runs --dag-id=daily_report --state=nonsense
  typed dags list-runs daily_report --state=nonsense
  both  dags list-runs --dag-id=fails_on_purpose
  both  dags list-runs fails_on_purpose
  both  dags list-runs --dag-id=no_such_dag
  both  dags list-runs no_such_dag
  json  dags state daily_report 2026-02-03T04:05:06+00:00
  json  dags state daily_report one
  json  dags state daily_report 2020-01-01
  json  dags state daily_report soon
  json  dags state no_such_dag 2020-01-01
  json  dags next-execution scheduled_daily
  json  dags next-execution scheduled_daily --num-executions=3
  json  dags next-execution daily_report
  json  dags next-execution paused_by_hand
  json  dags next-execution no_such_dag
  both  dags pause reporting_daily
  json  dags pause reporting_daily
  both  dags pause no_such_dag
  json  dags pause never_seen
  both  dags unpause reporting_daily
  json  dags unpause reporting_daily
  both  dags unpause no_such_dag
  json  dags pause reporting_.* --treat-dag-id-as-regex --yes
  json  dags pause nothing_like_it.* --treat-dag-id-as-regex --yes
  json  dags pause ( --treat-dag-id-as-regex --yes
  json  dags pause reporting_.* --treat-dag-id-as-regex
  raw   dags unpause reporting_.* --treat-dag-id-as-regex --yes
  json  dags show daily_report
  json  dags show no_such_dag
  json  dags show daily_report --save=nowhere.nonsense
  json  dags test reporting_daily 2026-02-03
  json  dags test fails_on_purpose 2026-02-03
  json  dags test no_such_dag 2026-02-03
  json  dags test reporting_daily soon
  json  dags reserialize
  json  dags reserialize --bundle-name=nowhere
  json  dags backfill scheduled_daily --start-date=2026-02-01 --end-date=2026-02-01 --mark-success
  json  dags backfill scheduled_daily --start-date=2026-02-01 --end-date=2026-02-02 --dry-run
  json  dags backfill fails_on_purpose --start-date=2026-02-01 --end-date=2026-02-01
  json  dags backfill scheduled_daily
  json  dags backfill no_such_dag --start-date=2026-02-01
  json  backfill create --dag-id=scheduled_daily --from-date=2026-02-01 --to-date=2026-02-02 --dry-run
  json  backfill create --dag-id=scheduled_daily --from-date=2026-02-01 --to-date=2026-02-02
  json  backfill create --dag-id=scheduled_daily --from-date=2026-02-01 --to-date=2026-02-02
  json  backfill create --dag-id=daily_report --from-date=2026-02-01 --to-date=2026-02-02
  json  backfill create --dag-id=no_such_dag --from-date=2026-02-01 --to-date=2026-02-02
  json  backfill create --dag-id=scheduled_daily --from-date=soon --to-date=2026-02-02
  both  assets list
  both  assets list --alias
  both  assets details --name=figures
  both  assets details --uri=s3://figures/daily
  both  assets details --name=missing
  json  assets details --alias --name=missing
  json  assets details
  json  assets materialize --name=figures
  json  assets materialize --name=missing
  json  assets materialize
  json  tasks list daily_report
  json  tasks list daily_report --tree
  json  tasks list no_such_dag
  json  tasks list no_tasks
  json  tasks state daily_report start one
  json  tasks state daily_report start 2026-02-03T04:05:06+00:00
  json  tasks state daily_report start nothing_like_it
  json  tasks state daily_report start 2020-01-01
  json  tasks state daily_report no_such_task one
  json  tasks state no_such_dag start one
  both  tasks states-for-dag-run daily_report one
  json  tasks states-for-dag-run daily_report 2026-02-03T04:05:06+00:00
  both  tasks states-for-dag-run daily_report nothing_like_it
  json  tasks states-for-dag-run no_such_dag one
  json  tasks failed-deps daily_report start one
  json  tasks failed-deps daily_report start nothing_like_it
  json  tasks failed-deps daily_report no_such_task one
  json  tasks failed-deps no_such_dag start one
  json  tasks render daily_report publish one
  json  tasks render templated json 2026-02-03
  json  tasks render daily_report no_such_task one
  json  tasks render no_such_dag start one
  json  tasks test daily_report collect 2026-02-03
  json  tasks test daily_report publish
  json  tasks test daily_report publish 2026-02-03 --dry-run
  json  tasks test fails_on_purpose fail 2026-02-03
  json  tasks test daily_report no_such_task 2026-02-03
  json  tasks test no_such_dag start 2026-02-03
  json  tasks run daily_report start one --local --mark-success
  json  tasks run daily_report start one --raw
  json  tasks run fails_on_purpose fail nothing_like_it --raw
  json  tasks run daily_report no_such_task one
  json  tasks run no_such_dag start one
  json  tasks clear daily_report --yes
  json  tasks clear daily_report --yes --task-regex=nothing_like_it
  json  tasks clear daily_report --yes --start-date=soon
  json  tasks clear daily_report
  json  tasks clear reporting_.* --dag-regex --yes
  json  tasks clear no_such_dag --yes
  json  variables set note hello
  json  variables set note "hello again" --description="what to say"
  json  variables set größe "12 m² für Zürich"
  json  variables set api_password hunter2
  json  variables set rows [1,2] --json
  json  variables set looks_like "airflow command error: nothing, see help above."
  both  variables list
  json  variables list --show-values
  json  variables list --show-values --hide-sensitive
  json  variables get note
  json  variables get größe
  json  variables get rows --json
  json  variables get note --json
  json  variables get looks_like
  json  variables get api_password
  json  variables get missing
  json  variables get missing --default=fallback
  json  variables get missing --json
  json  variables delete note
  json  variables delete missing
  json  variables delete größe
  json  connections add reports --conn-uri=mysql://user:hunter2@db/reports
  json  connections add reports --conn-uri=mysql://user:hunter2@db/reports
  json  connections add typed --conn-type=http --conn-host=example.com --conn-password=hunter2 --conn-extra='{"a":1}'
  json  connections add as_json --conn-json='{"conn_type":"http","host":"example.com"}'
  json  connections add bad_uri --conn-uri=nonsense
  json  connections add nothing
  json  connections add two_ways --conn-uri=mysql://db --conn-host=db
  json  connections add "bad id!" --conn-type=http
  json  connections delete reports
  json  connections delete missing
  both  roles list
  both  roles list --permission
  json  roles create Reporter
  json  roles create Reporter
  json  roles create Admin
  json  roles create One Two
  json  roles create
  json  roles add-perms Reporter --action can_read --resource DAGs
  json  roles add-perms Reporter --action can_read --resource DAGs
  json  roles add-perms Missing --action can_read --resource DAGs
  json  roles add-perms Reporter --action nonsense --resource DAGs
  json  roles del-perms Reporter --action can_read --resource DAGs
  json  roles del-perms Reporter --action can_read --resource Nonsense
  json  roles del-perms Missing --action can_read --resource DAGs
  both  providers list
  json  providers get apache-airflow-providers-amazon
  json  providers get apache-airflow-providers-celery --full
  both  providers get missing
  json  providers behaviours
  json  providers hooks
  json  providers links
  json  providers notifications
  json  providers secrets
  json  providers widgets
  json  db clean --clean-before-timestamp=2020-01-01 --yes
  json  db clean --clean-before-timestamp=2020-01-01 --yes --tables=log,job --skip-archive
  json  db clean --clean-before-timestamp=2020-01-01 --dry-run
  json  db clean --clean-before-timestamp=2020-01-01 --yes --tables=nonsense
  json  db clean --clean-before-timestamp=soon --yes
  json  db clean --clean-before-timestamp=2020-01-01
  typed dags next-execution scheduled_daily --num-executions=0
  typed connections add bad_json --conn-json=nonsense
  typed db clean --yes
  json  dags delete paused_by_hand --yes
  json  dags delete no_such_dag --yes
  json  dags delete reporting_daily
`);

/** The commands with which a run is found by its id, see `airflow/run-lookup.ts`. */
const LOOK_UPS = ['daily_report', 'reporting_daily', 'fails_on_purpose'].flatMap((dag) =>
  splitLines(`
  typed dags trigger --run-id=<run-id> --output=json --exec-date=<logical-date> --no-replace-microseconds ${dag}
  typed dags trigger --run-id=<run-id> --output=json --logical-date=<logical-date> --no-replace-microseconds ${dag}
  typed dags state ${dag} <run-id>
  typed tasks states-for-dag-run --output=json ${dag} <run-id>
  typed dags list-runs --output=json --start-date=<logical-date> --end-date=<logical-date> --dag-id=${dag}
`),
);

const MANY = splitLines(`
  both  dags list
  json  dags pause many_.* --treat-dag-id-as-regex --yes
  json  dags report
  json  list_dags
`);

const BARE = splitLines(`
  both  dags list
  both  dags list-import-errors
  both  dags report
  both  dags list-jobs
  both  dags list-runs --dag-id=no_such_dag
  json  dags trigger no_such_dag
  both  variables list
  both  assets list
  both  dags pause no_such_dag
  json  dags reserialize
  json  list_dags
  json  pause no_such_dag
  json  variables
`);

const KILLED = splitLines(`
  killed version
  killed dags list
  killed dags list --output=table
  killed dags list-runs --dag-id=daily_report
  killed dags list-runs daily_report
  killed dags trigger daily_report --run-id=killed
  killed dags trigger no_such_dag
  killed dags pause reporting_daily
  killed dags unpause reporting_daily
  killed dags pause no_such_dag
  killed dags state daily_report 2020-01-01
  killed dags next-execution scheduled_daily
  killed dags list-import-errors
  killed dags report
  killed dags delete paused_by_hand --yes
  killed tasks list daily_report
  killed tasks clear daily_report --yes
  killed tasks render daily_report publish 2026-02-03
  killed variables set note hello
  killed variables set rows [1,2] --json
  killed variables get rows
  killed variables list
  killed variables list --output=table
  killed variables delete rows
  killed connections add reports --conn-uri=mysql://user:hunter2@db/reports
  killed roles list
  killed roles create Reporter
  killed providers list
  killed cheat-sheet
  killed list_dags
  killed trigger_dag daily_report --run_id=killed
  killed list_dag_runs daily_report
  killed pause reporting_daily
  killed dag_state daily_report 2020-01-01
  killed next_execution scheduled_daily
  killed variables --set note hello
  killed variables --get=note
  killed variables
  killed delete_dag paused_by_hand --yes
`);

const resolveFolder = (name: string) => new URL(name, import.meta.url);
const DAGS_FOLDER = resolveFolder('dags');

export const SCENES: readonly Scene[] = [
  { name: 'everyday', dags: [], lines: EVERYDAY },
  { name: 'forms', dags: [DAGS_FOLDER], lines: [...FORMS_AIRFLOW_1, ...FORMS] },
  { name: 'look-ups', dags: [], lines: LOOK_UPS },
  { name: 'many', dags: [resolveFolder('many-dags')], lines: MANY },
  { name: 'bare', dags: [], bare: true, lines: BARE },
  { name: 'killed', dags: [DAGS_FOLDER], lines: KILLED },
];

/** The shares of its output after which a command is killed: none, half, and all, immediately before it exits. */
export const KILL_POINTS: readonly number[] = [0, 0.5, 1];
