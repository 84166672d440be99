/** The differences between the releases on which the scripts run. */
export interface ScriptDialect {
  readonly release: string;
  /** Returns the command that lists the runs of a DAG. */
  readonly listRuns: (dag: string) => string;
}

export const SCRIPT_DIALECTS: readonly ScriptDialect[] = [
  { release: '2.10.3', listRuns: (dag) => `dags list-runs --dag-id ${dag}` },
  { release: '3.0.6', listRuns: (dag) => `dags list-runs ${dag}` },
];

/**
 * Typical shell scripts for an `airflow` on the PATH. Their output contains nothing that differs from run to run, such as times or
 * generated ids.
 */
export const SHELL_SCRIPTS: readonly (readonly [what: string, script: (dialect: ScriptDialect) => string])[] = [
  ['the version', () => 'airflow version'],
  [
    'a loop over a JSON list',
    () => `
for dag in $(airflow dags list -o json | jq -r '.[].dag_id' | sort | head -2); do
  airflow tasks list "$dag"
done`,
  ],
  ['a table', () => 'airflow dags list --output table | grep -c reporting_daily'],
  [
    'set -e ends the script at the first failure',
    () => `
set -e
airflow variables set before "1"
airflow variables get no_such_variable
echo not reached`,
  ],
  [
    'a command in a condition',
    () => `
if airflow dags state no_such_dag 2026-01-01; then echo there; else echo "not there: $?"; fi
airflow variables get nothing || echo "exit $?"
airflow variables get nothing --default 'so be it' && echo "exit $?"`,
  ],
  [
    'awkward values',
    () => `
airflow variables set awkward "it's \\"quoted\\" \\$HOME \\\`x\\\` \\\\ ! * für Zürich 東京 🎈  two  spaces"
airflow variables set -- -dash -5
airflow variables set lines "one
two	tab"
airflow variables set empty ''
airflow variables get awkward
airflow variables get -- -dash
airflow variables list -o json | jq -S -c .`,
  ],
  [
    '--conf from a variable',
    ({ listRuns }) => `
set -eu
json='{"note": "it'"'"'s \\"so\\"", "list": [1, null, 1.50], "ü": {"a b": ""}}'
airflow dags trigger daily_report --run-id from-a-script --conf "$json" > /dev/null
airflow ${listRuns('daily_report')} -o json | jq -r '.[].run_id' | grep from-a-script
airflow dags trigger daily_report --run-id from-a-script --conf "$json" > /dev/null || echo "again: $?"`,
  ],
  [
    'a here-document',
    () => `
airflow variables set document "$(cat <<'END'
SELECT *
FROM "t" -- it's $5
END
)"
while read -r key value; do airflow variables set "$key" "$value" < /dev/null; done <<'END'
second {"x": [1, 2]}
END
airflow variables get document
airflow variables get second`,
  ],
  [
    'xargs with four processes',
    () => `
seq 1 5 | xargs -P4 -I{} airflow variables set parallel_{} value_{} > /dev/null
airflow variables list -o json | jq -r '.[].key' | grep '^parallel_' | sort`,
  ],
  [
    'pause and unpause',
    () => `
airflow dags pause daily_report > /dev/null && airflow dags list -o json | jq -r '.[] | select(.dag_id == "daily_report") | .is_paused // .paused'
airflow dags unpause daily_report > /dev/null; echo "exit $?"`,
  ],
  [
    'the exit code of list-import-errors',
    () => 'airflow dags list-import-errors -o json | jq length; echo "${PIPESTATUS[0]}"',
  ],
  [
    'a confirmation prompt without input',
    () => `
airflow dags delete daily_report < /dev/null > /dev/null; echo "exit $?"
airflow dags delete daily_report --yes > /dev/null; echo "exit $?"`,
  ],
  [
    'an import of variables',
    () => `
cat > variables.json <<'END'
{"text": "it's", "object": {"x": [1, "ü", null], "y": {}}, "number": 5, "empty": "", "yes": true}
END
airflow variables import variables.json; echo "exit $?"
airflow variables import --action-on-existing-key skip variables.json
airflow variables import -a fail variables.json; echo "exit $?"
airflow variables import nothing.json; echo "exit $?"
airflow variables get object
airflow variables list -o json | jq -S -c '.[] | select(.key | IN("text", "object", "number", "empty", "yes"))'`,
  ],
  [
    'an unknown command or option',
    () =>
      'airflow dags lst > /dev/null; echo "exit $?"; airflow dags list --no-such-option > /dev/null; echo "exit $?"',
  ],
];
