import { parseArgs } from 'node:util';
import { settingsFrom, VARIABLES } from '../settings.ts';
import { type Terminal, UsageFault } from '../terminal.ts';
import { directly } from './doctor/directly.ts';
import { Examination } from './doctor/examination.ts';
import { reporter } from './doctor/report.ts';
import { throughProxy } from './doctor/through-proxy.ts';

export const DOCTOR_USAGE = `Usage: mwaa doctor [--environment NAME] [--json]

Goes the way of a command to Airflow step by step, and says at which it is broken and what to change: the caller's side
(settings, network, clock, credentials, policies, grants), then the function's, as the relay tells it. Without a proxy, the way to
MWAA itself. Nothing is run in Airflow but the command version. What each step means: docs/operations.md.

  --environment NAME  as the proxy or MWAA calls it; default ${VARIABLES.environment}
  --json              print one JSON object

Everything else comes from the variables and profiles of the airflow command: docs/clients.md.

Exit status: 0 all is well, 1 something is broken, 2 bad usage.
`;

/** @throws UsageFault */
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
    throw new UsageFault(`What is ${positionals[0]}? The environment is named by --environment.`);
  const { environment = terminal.environment[VARIABLES.environment] } = values;
  const variables = { ...terminal.environment, [VARIABLES.environment]: environment };

  const examination = new Examination(values.json ? () => {} : reporter((text) => terminal.stdout(text)));
  await examine(examination, variables);

  const { broken, steps } = examination;
  if (values.json) terminal.stdout(`${JSON.stringify({ healthy: broken === undefined, steps })}\n`);
  else terminal.stdout(broken === undefined ? '\nAll is well.\n' : `\nBroken at: ${broken.step} (${broken.side}).\n`);
  return broken === undefined ? 0 : 1;
}

async function examine(examination: Examination, variables: NodeJS.ProcessEnv): Promise<void> {
  const { signal } = new AbortController();
  const settings = await settingsFrom(variables).catch((fault: Error) => fault);
  if ('mwaa' in settings) await directly(examination, settings, variables, signal);
  else await throughProxy(examination, settings, variables, signal);
}
