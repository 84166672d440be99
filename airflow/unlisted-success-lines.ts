/**
 * The last line on standard output of commands that AWS does not list, when they exit with 0 and only then. Taken from the source of the
 * releases. A command that is neither here nor in `outcome-patterns.ts` shows its success only by the list or table of `--output`.
 */
export const UNLISTED_SUCCESS_LINES: Readonly<Record<string, RegExp>> = {
  'config lint':
    /^(?:No issues found in your airflow\.cfg\. It is ready for Airflow 3!|Please update your configuration file accordingly\.)$/,
  'celery remove-all-queues':
    /^(?:No active queues found for|No queues to remove for|Successfully removed all queues from) worker: /,
  'connections export': /^(?:Connections|\d+ connections) successfully exported to .*\.$/,
  'dags clear': /^(?:No matching Dag runs found\.|Cleared \d+ task instance\(s\) across \d+ Dag run\(s\)\.)$/,
  'jobs check': /^Found (?:one alive job|\d+ alive jobs)\.$/,
  'partitions clear': /^Cleared partition fields on \d+ DagRun\(s\)\.$/,
  'pools export': /^Exported \d+ pools to /,
  'pools import': /^Uploaded \d+ pool\(s\)$/,
  'providers lazy-loaded': /^All ok\. Providers Manager was not initialized during the CLI parsing\.$/,
  'roles delete': /^Deleted \d+ role\(s\)$/,
  'roles export': /^\d+ roles (?:with \d+ linked permissions )?(?:successfully )?exported to /,
  'roles import': /^roles and permissions successfully imported$/,
  'teams create': /^Team '.*' created successfully\.$/,
  'teams delete': /^Team '.*' deleted successfully$/,
  'users add-role': /^User ".*" added to role ".*"$/,
  'users create': /^(?:User ".*" created with role ".*"|\S+ user .* created\.?|.* already exists? in the db)$/,
  'users delete': /^User ".*" deleted$/,
  'users export': /^\d+ users successfully exported to /,
  'users remove-role': /^User ".*" removed from role ".*"$/,
  'users reset-password': /^User ".*" password reset successfully$/,
  'variables export': /^\d+ [Vv]ariables successfully exported to /,
  'variables import':
    /^(?:\d+ of \d+ variables successfully updated\.|\d+ variable\(s\) failed to be updated\.|The variables with these keys: .* were skipped because they already exists)$/,
};
