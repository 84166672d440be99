import { type Scene, splitLines } from './scenes.ts';

/**
 * Scenes in which a DAG file or plugin behaves like an adversary, or in which the environment is not as Airflow's defaults.
 * `scenes.ts` explains the first word of a line. `{n}` is another number in every command.
 */
const HOSTILE_FOLDER = new URL('hostile/', import.meta.url);

/** Commands that read DAG files, in 2 and 3. */
const READING = splitLines(`
  json  dags report
  json  dags list
  json  dags list-import-errors
  json  dags reserialize
  json  dags trigger reports --run-id=run-{n}
  json  tasks render reports work run-1
  raw   dags report
  json  dags test reports 2026-02-03
  raw   dags list
  json  tasks test reports work 2026-02-03
  json  dags next-execution daily
  json  dags list-runs --dag-id=no_such_dag
  json  tasks clear reports --yes
  json  dags state reports 2020-01-01
  json  tasks test no_such_dag work 2026-02-03
  json  tasks list reports
  json  dags test refuses 2026-02-03
  json  dags show reports
  json  tasks clear no_such_dag --yes
  json  tasks states-for-dag-run reports run-1
  json  tasks failed-deps reports work run-1
  json  tasks state reports work run-1
  json  dags pause reports
`);

/** Commands that show how a process ends: an answer with a shape, one without, silence, failure. */
const FEW = splitLines(`
  json  dags list
  raw   dags list
  json  dags list-import-errors
  json  dags report
  json  dags trigger reports --run-id=run-{n}
  json  dags list-runs --dag-id=reports
  json  dags list-runs reports
  json  dags next-execution daily
  json  dags next-execution no_such_dag
  json  dags state reports 2020-01-01
  json  dags pause reports
  json  tasks list reports
  json  tasks clear reports --yes
  json  tasks clear no_such_dag --yes
  json  tasks test reports work 2026-02-03
  json  dags test reports 2026-02-03
  json  variables get note
  json  variables get missing
  json  variables list
  json  variables set note hello
  json  roles list
`);

/** Printed values, each with and without a line end, on standard output and on standard error. */
const SHAPES =
  'empty-list empty-object number list-of-numbers rows table no-data state none version word traceback sql-traceback usage-error run-created variable-created paused removed dag-missing variable-missing log-line progress blank-lines'.split(
    ' ',
  );
const PRINTS = SHAPES.flatMap((shape) => [
  `say ${shape}`,
  `say-unfinished ${shape}`,
  `complain ${shape}`,
  `complain-unfinished ${shape}`,
]);
const COMBINED = splitLines(`
  say empty-list; say-unfinished word
  say rows; say-unfinished word
  say-unfinished word; say empty-list
  complain traceback; complain word
  complain traceback; complain log-line
  complain sql-traceback; complain traceback
  log traceback
  log sql-traceback
  warn traceback
  fail traceback
  fail sql-traceback
  stdout-to nothing
  stdout-to stderr
`);
const ENDS = splitLines(`
  exit 0
  exit 3
  exit-with-text word
  exit-with-text traceback
  hard-exit 0
  hard-exit 3
  kill KILL
  kill TERM
  kill SEGV
  faulthandler; kill SEGV
  faulthandler; abort
  say word; flush; kill KILL
  say-unfinished word; flush; kill TERM
  say empty-list; flush; kill KILL
  say empty-list; flush; hard-exit 3
  say empty-list; say-unfinished word; flush; kill SEGV
  say rows; say word; flush; kill KILL
  say state; flush; hard-exit 3
  say no-data; flush; kill TERM
  say table; say word; flush; kill KILL
  say version; flush; kill KILL
  complain word; kill TERM
  complain log-line; kill KILL
  no-traceback; exit-with-text word
`);
const CHILDREN = splitLines(`
  popen dags nonsense
  popen dags trigger no_such_dag
  call variables get missing
  call dags trigger no_such_dag
  call version
  call dags list-import-errors --output=json
`);
const EXITS = splitLines(`
  at-exit say word
  at-exit say empty-list
  at-exit say-unfinished word
  at-exit complain traceback
  at-exit fail word
  at-exit fail sql-traceback
  at-deletion say word
  at-deletion fail word
  in-thread say empty-list
  in-thread fail word
  in-daemon say word
  rich-traceback
`);

/** Commands that write the same thing at the same moment. */
const RACES = splitLines(`
  pair  dags trigger reports --run-id=race & dags trigger reports --run-id=race
  pair  dags trigger reports --run-id=race-2 & dags trigger reports --run-id=race-2
  pair  dags trigger daily --run-id=race --logical-date=2026-02-03 & dags trigger daily --run-id=other --logical-date=2026-02-03
  pair  dags trigger daily --run-id=race --exec-date=2026-02-03 & dags trigger daily --run-id=other --exec-date=2026-02-03
  pair  variables set race 1 & variables set race 2
  pair  connections add race --conn-uri=mysql://db & connections add race --conn-uri=mysql://db
  pair  roles create Racer & roles create Racer
  pair  pools set race 1 x & pools set race 2 y
  pair  dags delete waiting --yes & dags delete waiting --yes
  pair  tasks clear reports --yes & tasks clear reports --yes
  pair  dags pause reports & dags unpause reports
`);

/** Commands that do less than they are asked and exit with 0. */
const SHORTFALLS = splitLines(`
  json  connections add typed --conn-type=nonsense --conn-host=db
  json  connections add extra --conn-type=http --conn-extra=nonsense
  json  dags list --columns=dag_id,nonsense
  json  dags test refuses 2026-02-03
  json  tasks test refuses refuse 2026-02-03
  json  db clean --clean-before-timestamp=2020-01-01 --yes --tables=log,nonsense
  json  dags backfill daily --start-date=2025-02-01 --end-date=2025-02-01
  json  tasks run reports work run-1
  json  variables set hidden 1
  json  config get-value core nonsense
  json  users create --username=ann --firstname=A --lastname=B --role=Admin --email=a@example.com --password=x
  json  users create --username=ann --firstname=A --lastname=B --role=Admin --email=a@example.com --password=x
  json  connections import nowhere.json
  json  variables import nowhere.json
`);

/** Commands that AWS does not list, with success and with failure. */
const UNLISTED = splitLines(`
  json  jobs check
  json  jobs check --allow-multiple
  json  db check
  json  db check-migrations --migration-wait-timeout=1
  json  config get-value core dags_folder
  json  config get-value nonsense nonsense
  json  config lint
  json  config list --section=core
  json  connections test missing
  json  connections get missing
  json  connections export nowhere.txt
  json  providers lazy-loaded
  json  plugins
  json  info
  json  pools set small 1 x
  json  pools delete missing
  json  pools import nowhere.json
  json  roles delete Missing
  json  roles import nowhere.json
  json  users list
  json  users create --username=bob --firstname=A --lastname=B --role=Nonsense --email=b@example.com --password=x
  json  users delete --username=missing
  json  users reset-password --username=missing --password=x
  json  users import nowhere.json
  json  variables export /nowhere/at/all.json
  json  rotate-fernet-key
  json  sync-perm
  json  celery list-workers
  json  celery shutdown-worker x
  json  teams list
  json  teams delete missing
  json  state-store clean
  json  db drop-archived --yes
  json  dags clear reports --yes
`);

const inDag = (actions: readonly string[]) => actions.map((action) => `dag ${action}`);
const inPlugin = (actions: readonly string[]) => actions.map((action) => `plugin ${action}`);

const HOSTILE = { onlyDags: new URL('dags/', HOSTILE_FOLDER) } as const;
const WITH_PLUGIN = { onlyDags: HOSTILE.onlyDags, extensions: [new URL('extensions/', HOSTILE_FOLDER)] } as const;
const PLAIN_LOG = '%(levelname)s: %(message)s';
const LOGGING = inDag(
  splitLines(`
  log word
  log traceback
  log word; say-unfinished word
`),
);

const BRIEF = FEW.filter((_, number) => number % 2 === 0);

export const HOSTILE_SCENES: readonly Scene[] = [
  { ...HOSTILE, name: 'prints', behaviors: inDag([...PRINTS, ...COMBINED]), linesPerBehavior: 1, lines: READING },
  { ...HOSTILE, name: 'ends', behaviors: inDag(ENDS), linesPerBehavior: 1, lines: READING },
  { ...WITH_PLUGIN, name: 'plugin ends', behaviors: inPlugin(ENDS), linesPerBehavior: 1, lines: FEW },
  {
    ...HOSTILE,
    name: 'killed',
    signals: ['KILL', 'TERM', 'SEGV'],
    lines: FEW.filter((line) => !/missing|no_such/.test(line)).map((line) => line.replace(/^\w+/, 'killed')),
  },
  { ...HOSTILE, name: 'empty database', database: 'empty', lines: BRIEF },
  { ...HOSTILE, name: 'locked database', database: 'locked', lines: BRIEF },
  { ...HOSTILE, name: 'postgresql', database: 'postgresql', lines: [...RACES, ...BRIEF] },
  {
    ...WITH_PLUGIN,
    name: 'json logs',
    settings: {
      AIRFLOW__LOGGING__LOGGING_CONFIG_CLASS: 'json_logging.LOGGING_CONFIG',
      AIRFLOW__LOGGING__JSON_LOGS: 'True',
    },
    behaviors: LOGGING,
    linesPerBehavior: 5,
    lines: READING,
  },
  {
    ...WITH_PLUGIN,
    name: 'log format',
    settings: {
      AIRFLOW__LOGGING__LOG_FORMAT: PLAIN_LOG,
      AIRFLOW__LOGGING__SIMPLE_LOG_FORMAT: PLAIN_LOG,
      AIRFLOW__LOGGING__COLORED_CONSOLE_LOG: 'False',
    },
    behaviors: LOGGING,
    linesPerBehavior: 5,
    lines: READING,
  },
  { ...HOSTILE, name: 'children', behaviors: inDag(CHILDREN), linesPerBehavior: 1, lines: READING },
  { ...HOSTILE, name: 'exits', behaviors: inDag(EXITS), linesPerBehavior: 1, plain: true, lines: READING },
  { ...WITH_PLUGIN, name: 'plugin prints', behaviors: inPlugin(PRINTS), linesPerBehavior: 1, lines: FEW },
  { ...HOSTILE, name: 'shortfalls', settings: { AIRFLOW_VAR_HIDDEN: 'x' }, lines: SHORTFALLS },
  {
    ...HOSTILE,
    name: 'debug',
    settings: { AIRFLOW__LOGGING__LOGGING_LEVEL: 'DEBUG', AIRFLOW__LOGGING__FAB_LOGGING_LEVEL: 'DEBUG' },
    lines: BRIEF,
  },
  { ...HOSTILE, name: 'read-only database', database: 'read-only', lines: BRIEF },
  { ...HOSTILE, name: 'unreachable database', database: 'unreachable', lines: BRIEF },
  { ...HOSTILE, name: 'unlisted', lines: UNLISTED },
];
