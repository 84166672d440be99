/** What a command or a REST operation does. The catalogs do not contain it. Sets and warnings are derived from it. */
export type Effect =
  /** Changes nothing, so that it can be repeated. The relay may retry it after an unknown outcome. */
  | 'reads'
  | 'prints-secrets'
  | 'starts-runs'
  | 'controls-runs'
  | 'changes-state'
  | 'destroys-data'
  | 'changes-access'
  | 'runs-code'
  | 'costs-web-server'
  | 'uses-files';

/** Each effect in words. A test compares them with `docs/policy.md`. */
export const EFFECT_DESCRIPTIONS: Readonly<Record<Effect, string>> = {
  reads: 'changes nothing',
  'prints-secrets': 'can print values of variables, passwords of connections, rendered templates or the configuration',
  'starts-runs': 'starts DAG runs',
  'controls-runs': 'clears or backfills DAG runs, pauses or unpauses DAGs',
  'changes-state': 'changes other data of Airflow',
  'destroys-data': 'deletes data for good',
  'changes-access': 'changes credentials or permissions',
  'runs-code': 'runs code on the web server',
  'costs-web-server': 'keeps the web server busy for a long time',
  'uses-files': 'reads or writes files on the web server',
};
