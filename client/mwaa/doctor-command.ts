import { parseArgs } from 'node:util';
import { SETTING_VARIABLES } from '../setting-variables.ts';
import { loadSettings } from '../settings.ts';
import { type Terminal, UsageError } from '../terminal.ts';
import { diagnoseDirect } from './doctor/diagnose-direct.ts';
import { diagnoseProxy } from './doctor/diagnose-proxy.ts';
import { Diagnosis } from './doctor/diagnosis.ts';
import { createReporter } from './doctor/reporter.ts';

export const DOCTOR_USAGE = `Usage: mwaa doctor [--environment NAME] [--json]

Checks each step that a command takes to Airflow, and reports the first step that fails and how to fix it: the caller's side
(settings, network, clock, credentials, policies, grants), then the relay function, which reports its own steps. Without a proxy,
checks the direct connection to MWAA. The only command that runs in Airflow is "version". All steps: docs/operations.md.

  --environment NAME  name in the proxy's configuration, or in MWAA without a proxy; default ${SETTING_VARIABLES.environment}
  --json              print one JSON object

All other settings come from the variables and profiles of the airflow command: docs/shell.md.

Exit codes: 0 all checks passed, 1 a check failed, 2 invalid usage.
`;

/** @throws UsageError */
export async function doctorCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      environment: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    terminal.stdout(DOCTOR_USAGE);
    return 0;
  }
  if (positionals.length > 0)
    throw new UsageError(`Unexpected argument ${positionals[0]}. Use --environment to name the environment.`);
  const { environment = terminal.environment[SETTING_VARIABLES.environment] } = values;
  const variables = { ...terminal.environment, [SETTING_VARIABLES.environment]: environment };

  const diagnosis = new Diagnosis(values.json ? () => {} : createReporter((text) => terminal.stdout(text)));
  await diagnose(diagnosis, variables);

  const { failedStep, steps } = diagnosis;
  if (values.json) terminal.stdout(`${JSON.stringify({ healthy: failedStep === undefined, steps })}\n`);
  else
    terminal.stdout(
      failedStep === undefined ? '\nAll checks passed.\n' : `\nFailed at: ${failedStep.step} (${failedStep.side}).\n`,
    );
  return failedStep === undefined ? 0 : 1;
}

async function diagnose(diagnosis: Diagnosis, variables: NodeJS.ProcessEnv): Promise<void> {
  const { signal } = new AbortController();
  const settings = await loadSettings(variables).catch((error: Error) => error);
  if ('mwaa' in settings) await diagnoseDirect(diagnosis, settings, variables, signal);
  else await diagnoseProxy(diagnosis, settings, variables, signal);
}
