import { parseArgs } from 'node:util';
import { loadSettings, SETTING_VARIABLES } from '../settings.ts';
import { type Terminal, UsageError } from '../terminal.ts';
import { diagnoseDirect } from './doctor/diagnose-direct.ts';
import { diagnoseProxy } from './doctor/diagnose-proxy.ts';
import { Diagnosis } from './doctor/diagnosis.ts';
import { createReporter } from './doctor/reporter.ts';

export const DOCTOR_USAGE = `Usage: mwaa doctor [--environment NAME] [--json]

Goes the way of a command to Airflow step by step, and says at which it is broken and what to change: the caller's side
(settings, network, clock, credentials, policies, grants), then the function's, as the relay tells it. Without a proxy, the way to
MWAA itself. Nothing is run in Airflow but the command version. What each step means: docs/operations.md.

  --environment NAME  as the proxy or MWAA calls it; default ${SETTING_VARIABLES.environment}
  --json              print one JSON object

Everything else comes from the variables and profiles of the airflow command: docs/shell.md.

Exit status: 0 all is well, 1 something is broken, 2 bad usage.
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
    throw new UsageError(`What is ${positionals[0]}? The environment is named by --environment.`);
  const { environment = terminal.environment[SETTING_VARIABLES.environment] } = values;
  const variables = { ...terminal.environment, [SETTING_VARIABLES.environment]: environment };

  const examination = new Diagnosis(values.json ? () => {} : createReporter((text) => terminal.stdout(text)));
  await diagnose(examination, variables);

  const { failedStep, steps } = examination;
  if (values.json) terminal.stdout(`${JSON.stringify({ healthy: failedStep === undefined, steps })}\n`);
  else
    terminal.stdout(
      failedStep === undefined ? '\nAll is well.\n' : `\nBroken at: ${failedStep.step} (${failedStep.side}).\n`,
    );
  return failedStep === undefined ? 0 : 1;
}

async function diagnose(examination: Diagnosis, variables: NodeJS.ProcessEnv): Promise<void> {
  const { signal } = new AbortController();
  const settings = await loadSettings(variables).catch((fault: Error) => fault);
  if ('mwaa' in settings) await diagnoseDirect(examination, settings, variables, signal);
  else await diagnoseProxy(examination, settings, variables, signal);
}
