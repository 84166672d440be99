import { describe, expect, test } from 'vitest';
import { findEffects } from '../../../airflow/command-effects.ts';
import type { Effect } from '../../../airflow/effect.ts';
import { findOperationFacts } from '../../../airflow/rest/operation-facts.ts';
import { readRuleCatalog } from '../../../airflow/rest/rule-catalogs.ts';
import { CATALOGS } from '../../../files/catalogs.ts';
import { COMMAND_WARNINGS } from '../../../policy/command-warnings.ts';
import { isNarrowArgument } from '../../../policy/is-narrow.ts';
import { OPERATION_WARNINGS } from '../../../policy/operation-warnings.ts';
import { expandRule } from '../../../policy/rule.ts';
import { findRuleWarnings } from '../../../policy/rule-warnings.ts';
import { AIRFLOW_2, AIRFLOW_3 } from '../../catalogs.ts';
import { createTestCatalog } from '../airflow/create-test-catalog.ts';

const AIRFLOW_1 = CATALOGS.read('1.10.12');
const AIRFLOW_3_3 = CATALOGS.read('3.3.1');
const FILE_OPTIONS = createTestCatalog(
  { dest: 'here', flags: ['--here'], type: 'file' },
  { dest: 'there', flags: ['--there'], type: 'directory' },
);
const RANGE = '--start-date=2026-11-01.. --end-date=..2026-11-30';
const NOT_LISTED = /^AWS does not list "[\w -]+" for Airflow [\d.]+\. MWAA may reject it\.$/;

const findWarnings = (catalog: typeof AIRFLOW_2, text: string) =>
  expandRule(catalog, text).flatMap((rule) => findRuleWarnings(rule, catalog.airflow));

describe('warns about a rule that allows more than it appears to', () => {
  test.each<[catalog: typeof AIRFLOW_2, text: string, warnings: RegExp[]]>([
    // Arguments that extend a command.
    [AIRFLOW_2, 'dags list --subdir=*', [/^--subdir lets the caller choose which files .* Write one exact value\.$/]],
    [AIRFLOW_2, 'dags list --subdir=/usr/local/*', [/--subdir lets the caller choose which files/]],
    [AIRFLOW_2, 'dags show * --save=*', [/--save reads or writes a file/]],
    [AIRFLOW_2, 'dags show * --imgcat', [/--imgcat starts the program .* Remove --imgcat\.$/]],
    [AIRFLOW_2, 'dags pause * --treat-dag-id-as-regex=*', [/covers every DAG that matches/]],
    [AIRFLOW_3, 'dags list --bundle-name=*', [/--bundle-name lets the caller choose which DAG bundle/]],
    [
      AIRFLOW_3_3,
      'variables list --show-values',
      [/--show-values prints values, also secrets\. Remove --show-values\.$/],
    ],
    [
      AIRFLOW_2,
      `db clean --tables=log --clean-before-timestamp=..2026-01-01 --skip-archive`,
      [/--skip-archive deletes/],
    ],
    [
      FILE_OPTIONS,
      'things do --here=*',
      [/^--here reads or writes a file on the web server\. Write one exact value\.$/],
    ],
    [FILE_OPTIONS, 'things do --there=*', [/^--there reads or writes a file on the web server\./]],
    // Positional arguments as well.
    [AIRFLOW_2, 'pools export *', [/^file reads or writes a file/, NOT_LISTED]],
    [AIRFLOW_2, 'users export /tmp/*', [/^export reads or writes a file/, NOT_LISTED]],
    [AIRFLOW_2, 'variables import /tmp/*', [/^file reads or writes a file/, NOT_LISTED]],
    [AIRFLOW_3, 'roles import *', [/^file reads or writes a file/, /changes credentials or permissions/, NOT_LISTED]],
    [AIRFLOW_3_3, 'db-manager migrate *', [/^import_path lets the caller choose which code/, /runs code/, NOT_LISTED]],

    // Clears and creates runs.
    [AIRFLOW_2, 'tasks clear *', [/clears every run/]],
    [
      AIRFLOW_2,
      'tasks clear reporting_*',
      [/^"tasks clear" clears every run .* Limit --start-date and --end-date, as in /],
    ],
    [AIRFLOW_2, 'tasks clear * --end-date=..2026-11-30', [/clears every run/]],
    [AIRFLOW_2, 'tasks clear * --start-date=2026-11-01.. --end-date=*', [/clears every run/]],
    [AIRFLOW_2, 'tasks clear * --start-date=2026-11-01.. --end-date=2026-11-01..', [/clears every run/]],
    [AIRFLOW_2, 'tasks clear * --start-date=..2026-11-30 --end-date=..2026-11-30', [/clears every run/]],
    [AIRFLOW_2, `tasks clear * ${RANGE} --dag-regex`, [/--dag-regex .*every DAG/]],
    [AIRFLOW_1, 'clear *', [/"clear" clears every run/]],
    [
      AIRFLOW_3_3,
      'dags clear reporting_* --run-id=*',
      [/clears every run.* Limit --run-id, as in --run-id=manual__\*/, NOT_LISTED],
    ],
    [
      AIRFLOW_3,
      'backfill create --dag-id=reporting_* --from-date=* --to-date=*',
      [/creates a run for every date .* --to-date=/],
    ],
    [
      AIRFLOW_2,
      'dags backfill reporting_* --start-date=* --end-date=*',
      [/runs DAG code/, /creates a run for every date/],
    ],

    // Runs code.
    [AIRFLOW_2, 'dags test *', [/runs DAG code.* Grant "dags trigger" instead/]],
    [AIRFLOW_2, 'dags test reporting_*', [/runs DAG code/]],
    [AIRFLOW_3, 'dags test *', [/runs DAG code/]],
    [AIRFLOW_2, 'tasks test * *', [/runs DAG code/]],
    [AIRFLOW_3, 'tasks test * *', [/runs DAG code/, /deletes the runs/]],
    [AIRFLOW_1, 'run * * *', [/runs DAG code/]],
    [AIRFLOW_2, 'db shell', [/runs code/, /deletes data/, /print secrets/, NOT_LISTED]],
    [AIRFLOW_2, 'scheduler', [/runs code/, /keeps the web server busy.* MWAA runs its services itself/, NOT_LISTED]],

    // Destroys data.
    [AIRFLOW_2, 'dags delete *', [/^"dags delete" deletes data for good\. Limit dag_id, as in team_\*\.$/]],
    [AIRFLOW_2, 'dags delete r*', [/deletes data/]],
    [AIRFLOW_2, 'variables delete *', [/deletes data/]],
    [AIRFLOW_2, 'db clean --clean-before-timestamp=*', [/deletes data.* Limit --tables and --clean-before-timestamp/]],
    [AIRFLOW_2, 'db clean --tables=log,* --clean-before-timestamp=..2026-11-01', [/deletes data/]],
    [AIRFLOW_2, 'db clean --tables=log --clean-before-timestamp=2026-11-01..', [/deletes data/]],
    [AIRFLOW_2, 'db reset', [/deletes data/, NOT_LISTED]],
    [AIRFLOW_1, 'delete_dag *', [/deletes data/]],

    // Changes credentials, permissions, and what DAGs run.
    [AIRFLOW_2, 'connections add *', [/changes the credentials .* Limit conn_id, as in team_\*/]],
    [AIRFLOW_2, 'connections delete *', [/changes the credentials/, /deletes data/]],
    [
      AIRFLOW_2,
      'roles add-perms reporting_* --resource=* --action=*',
      [/permissions.* Grant it only to administrators/],
    ],
    [AIRFLOW_2, 'users create --username=jo --*', [/permissions/, NOT_LISTED]],
    [AIRFLOW_2, 'rotate-fernet-key', [/credentials/, NOT_LISTED]],
    [
      AIRFLOW_2,
      'variables set * *',
      [/every variable, also those that decide what DAGs run\. Limit key, as in team_\*/],
    ],
    [AIRFLOW_2, 'pools set * * *', [/pool with 0 slots/, NOT_LISTED]],

    // Prints secrets.
    [AIRFLOW_2, 'variables get *', [/can print secrets/]],
    [AIRFLOW_2, 'variables get *e*', [/can print secrets/]],
    [AIRFLOW_2, 'tasks render * * *', [/can print secrets/]],
    [AIRFLOW_2, 'config get-value core *', [/can print secrets/, NOT_LISTED]],
    [AIRFLOW_2, 'connections list', [/can print secrets/, NOT_LISTED]],
    [AIRFLOW_3_3, 'connections list', [NOT_LISTED]],
    [AIRFLOW_3_3, 'config list', [NOT_LISTED]],
    [AIRFLOW_3_3, 'connections list --show-values', [/also secrets/, NOT_LISTED]],
    [AIRFLOW_2, 'pools list', [NOT_LISTED]],

    // What limits nothing is not proposed as a limit.
    [AIRFLOW_2, 'kerberos *', [/busy until it is stopped, .* Remove it: MWAA runs/, NOT_LISTED]],
    [AIRFLOW_2, 'kerberos airflow', [/busy until it is stopped/, NOT_LISTED]],
    [AIRFLOW_2, 'connections import /tmp/x.json', [/other systems\. Grant it only to administrators\.$/, NOT_LISTED]],

    // Matches no command.
    [
      AIRFLOW_2,
      'db clean --tables=log',
      [
        /^The rule matches no command, because "db clean" requires --clean-before-timestamp\. Add --clean-before-timestamp=\*\.$/,
        /deletes data/,
      ],
    ],
    [
      AIRFLOW_2,
      'db export-archived --*',
      [/^The rule matches no command, .* requires --output-path\. Add --output-path=\*\.$/, NOT_LISTED],
    ],
  ])('%#: %s', (catalog, text, warnings) => {
    expect(findWarnings(catalog, text)).toEqual(warnings.map((warning) => expect.stringMatching(warning)));
  });

  test.each(['2*', '202*', '2026-11-*', '*-11-01', '..', '*..2026-11-30', '2026-11-*..'])(
    'the start date %s does not silence a warning',
    (start) => {
      const argument = AIRFLOW_2.commands
        .find(({ path }) => path.join(' ') === 'tasks clear')!
        .arguments.find(({ dest }) => dest === 'start_date')!;
      expect(isNarrowArgument(argument, [{ text: start }])).toBe(false);
    },
  );
});

test.each<[catalog: typeof AIRFLOW_2, text: string]>([
  [AIRFLOW_2, '@secrets'],
  [AIRFLOW_2, '@operate'],
  [AIRFLOW_2, 'dags trigger * --conf=*'],
  [AIRFLOW_2, 'dags pause *'],
  [AIRFLOW_2, 'dags list --subdir=/usr/local/airflow/dags/reporting.py'],
  [AIRFLOW_2, 'dags delete reporting_*'],
  [AIRFLOW_2, 'variables get reporting_*'],
  [AIRFLOW_2, 'variables set *_reporting *'],
  [AIRFLOW_2, 'variables delete reporting_*'],
  [AIRFLOW_2, 'connections add reporting_* --*'],
  [AIRFLOW_2, 'tasks render reporting_* * *'],
  [AIRFLOW_2, `tasks clear * ${RANGE}`],
  [AIRFLOW_2, 'tasks clear * --start-date=2026-11-01 --end-date=2026-11-01..2026-11-30'],
  [AIRFLOW_2, 'db clean --tables=log,xcom --clean-before-timestamp=..2026-01-01 --yes'],
  [AIRFLOW_3, 'backfill create --dag-id=reporting_* --from-date=2026-11-01.. --to-date=..2026-11-30 --*'],
])('does not warn about a sensible rule %#: %s', (catalog, text) => {
  expect(findWarnings(catalog, text)).toEqual([]);
});

/** A rule that allows a command with any arguments. */
const formatOpenRule = ({ path, arguments: parameters }: (typeof AIRFLOW_2)['commands'][number]) =>
  [...path, ...parameters.filter(({ flags }) => flags === undefined).map(() => '*'), '--*'].join(' ');

const SEVERE = [
  'runs-code',
  'destroys-data',
  'changes-access',
  'costs-web-server',
  'uses-files',
  'prints-secrets',
] as const;

test.each(CATALOGS.releases())(
  'on Airflow %s, every open rule for a command with a severe effect causes a warning',
  (release) => {
    const catalog = CATALOGS.read(release);
    const silent = catalog.commands.filter((command) => {
      const effects = findEffects(command.path, release);
      const warnings = findWarnings(catalog, formatOpenRule(command)).filter((warning) => !NOT_LISTED.test(warning));
      return SEVERE.some((effect) => effects.has(effect)) !== warnings.length > 0;
    });
    const others = ['tasks clear', 'clear', 'dags clear', 'partitions clear', 'variables set', 'pools set'];
    expect(silent.map(({ path }) => path.join(' ')).filter((path) => !others.includes(path))).toEqual([]);
  },
);

test('every warning of one command names a command and arguments that a release has', () => {
  const commands = CATALOGS.releases().flatMap((release) => CATALOGS.read(release).commands);
  const wrong = Object.entries(COMMAND_WARNINGS).filter(([path, { limitedBy = [] }]) => {
    const variants = commands.filter((command) => command.path.join(' ') === path);
    const dests = new Set(variants.flatMap((command) => command.arguments.map(({ dest }) => dest)));
    return variants.length === 0 || limitedBy.flat().some((dest) => !dests.has(dest));
  });
  expect(wrong).toEqual([]);
});

describe('rules for operations of the REST API', () => {
  const REST_2 = readRuleCatalog(CATALOGS, { airflow: '2.10.3', rest: true });
  const REST_3 = readRuleCatalog(CATALOGS, { airflow: '3.3.1', rest: true });

  test.each<[catalog: typeof REST_2, text: string, warnings: RegExp[]]>([
    [REST_2, 'api GET /dags', []],
    [REST_2, 'api POST /dags/*/dagRuns --conf=*', []],
    [REST_2, 'api GET /dags/reporting_*/dagRuns', []],
    [
      REST_2,
      'api GET /dags/*/dagRuns',
      [/^"api GET \/dags\/\{dag_id\}\/dagRuns" can print secrets\. Limit dag_id, as in team_\*\.$/],
    ],
    // Every DAG, in one exact value.
    [REST_2, 'api GET /dags/~/dagRuns', [/can print secrets\. Limit dag_id/]],
    [REST_2, 'api DELETE /dags/*', [/deletes data for good\. Limit dag_id/]],
    [REST_2, 'api DELETE /dags/reporting_*', []],
    [REST_2, 'api GET /variables', [/can print secrets\. Grant it only to callers that may know them all\.$/]],
    [REST_2, 'api GET /variables/reporting_*', []],
    [
      REST_2,
      'api POST /variables --key=* --value=*',
      [/changes every variable, .* Limit --key, as in --key=team_\*\.$/],
    ],
    [REST_2, 'api POST /variables --key=reporting_* --value=*', []],
    [REST_2, 'api POST /connections --*', [/changes the credentials .* Limit --connection_id/]],
    [REST_2, 'api POST /pools --name=reporting_* --slots=*', []],
    [REST_2, 'api POST /dags/~/dagRuns/list', [/can print secrets\. Limit --dag_ids, as in --dag_ids=team_\*\.$/]],
    [REST_2, 'api POST /dags/~/dagRuns/list --dag_ids=reporting_*', []],
    [REST_2, 'api PATCH /dags --*', [/pauses or unpauses every DAG .* Grant "dags pause" and "dags unpause" instead/]],
    [
      REST_2,
      'api POST /dags/reporting_*/clearTaskInstances',
      [/clears every run .* Limit --dag_run_id, as in --dag_run_id=manual__\*\.$/],
    ],
    [REST_2, 'api POST /dags/reporting_*/clearTaskInstances --dag_run_id=manual__*', []],
    [REST_2, 'api POST /connections/test --*', [/lets the web server or a worker connect/]],
    [REST_2, 'api GET /eventLogs/*', [/can print secrets\. Grant it only to/]],
    [
      REST_2,
      'api GET /dags/reporting_*/dagRuns/*/taskInstances/*/xcomEntries/* --deserialize=*',
      [/^--deserialize lets the caller choose which code/],
    ],
    [REST_3, 'api POST /backfills --*', [/creates a run for every date .* Limit --from_date and --to_date/]],
    [
      REST_3,
      'api PATCH /variables --*',
      [/changes every variable/, /deletes data for good\. Grant it only to administrators\.$/],
    ],
    [REST_3, 'api GET /assets/*/state-store/*', [/can print secrets\. Limit asset_id, as in 12\.$/]],
    // Airflow rejects every request without it.
    [
      REST_3,
      'api POST /pools --slots=*',
      [
        /^The rule matches no request, because "api POST \/pools" requires --name\. Add --name=\*\.$/,
        /changes every pool/,
      ],
    ],
    // Airflow requires this one, and accepts null, which counts as absent.
    [REST_3, 'api POST /dags/reporting_*/dagRuns', []],
  ])('$airflow: %s', (catalog, text, warnings) => {
    expect(findWarnings(catalog, text)).toEqual(warnings.map((warning) => expect.stringMatching(warning)));
  });

  test('each row of the table is about an operation, and limits it by its arguments', () => {
    const operations = CATALOGS.releases().flatMap(
      (airflow) => readRuleCatalog(CATALOGS, { airflow, rest: true }).operations ?? [],
    );
    for (const [name, { limitedBy = [], ...effects }] of Object.entries(OPERATION_WARNINGS)) {
      const found = operations.filter(({ path }) => path.slice(1).join(' ') === name);
      expect(found, name).not.toEqual([]);
      const limits = [...limitedBy, ...Object.values(effects).flatMap((effect) => effect.limitedBy ?? [])];
      const known = new Set(found.flatMap((command) => command.arguments.map(({ dest }) => dest)));
      expect(
        limits.flat().filter((dest) => !known.has(dest)),
        name,
      ).toEqual([]);
      const own = new Set(findOperationFacts(...(name.split(' ') as [string, string]))!.effects);
      expect(
        Object.keys(effects).filter((effect) => !own.has(effect as Effect)),
        name,
      ).toEqual([]);
    }
  });
});
