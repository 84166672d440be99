import { fillCommandTemplate, parseCommandTemplate } from '../../airflow/command-template.ts';
import { Refusal } from '../../airflow/refusal.ts';
import { SettingsError } from '../library/settings-error.ts';
import { parseDuration } from '../mwaa/duration.ts';
import { SETTING_VARIABLES } from '../setting-variables.ts';
import { UsageError } from '../terminal.ts';

export interface StepInputs {
  readonly url: string;
  readonly environment: string;
  /** As it was set, with its placeholders. */
  readonly command: string;
  readonly argv: readonly string[];
  readonly isTrigger: boolean;
  readonly wait: boolean;
  /** Whether the log may show what the command printed. */
  readonly printsOutput: boolean;
  readonly timeoutMs: number;
  readonly intervalMs: number;
  /** Undefined: the pipeline makes one. */
  readonly idempotencyKey: string | undefined;
}

const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

const VARIABLE = /^env\.([A-Za-z_]\w*)$/;
const EXPECTATION = 'A placeholder names a variable of the step, as in {env.NAME}';

/**
 * Reads the inputs of a step.
 *
 * @param variables of the step, for the placeholders of the command
 * @throws SettingsError; UsageError
 */
export function readInputs(getInput: (name: string) => string, variables: NodeJS.ProcessEnv): StepInputs {
  const url = require(getInput('url') ||
    variables[
      SETTING_VARIABLES.url
    ], `the input url, or the variable ${SETTING_VARIABLES.url}, to the address of the API, as in https://abc123.execute-api.eu-west-1.amazonaws.com/v1`);
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new SettingsError(`The address of the API is not a URL: ${url}`);
  // Whoever reads the token can use it until it expires.
  if (url.startsWith('http:') && !LOOPBACK.test(new URL(url).hostname))
    throw new SettingsError(`The address of the API has no TLS: ${url}. Begin it with https://`);
  const environment = require(getInput('environment') ||
    variables[
      SETTING_VARIABLES.environment
    ], `the input environment, or the variable ${SETTING_VARIABLES.environment}, to the name of the environment`);
  const command = require(getInput('command'), 'the input command to an Airflow command, as in dags list');
  const argv = fillCommand(command, variables);
  const isTrigger = argv[0] === 'trigger_dag' || (argv[0] === 'dags' && argv[1] === 'trigger');
  const wait = readBoolean(getInput, 'wait', false);
  if (wait && !isTrigger)
    throw new UsageError('The input wait can be true only for "dags trigger": no other command creates a run.');
  return {
    url,
    environment,
    command,
    argv,
    isTrigger,
    wait,
    printsOutput: readBoolean(getInput, 'print-output', true),
    timeoutMs: parseDuration(getInput('timeout') || '30m', 'The input timeout'),
    intervalMs: parseDuration(getInput('interval') || '5s', 'The input interval'),
    idempotencyKey: getInput('idempotency-key') || undefined,
  };
}

function require(text: string | undefined, what: string): string {
  const value = text?.trim() ?? '';
  if (value !== '') return value;
  throw new SettingsError(`Set ${what}.`);
}

/** As in GitHub's own actions, which accept the booleans of YAML 1.2. */
function readBoolean(getInput: (name: string) => string, name: string, byDefault: boolean): boolean {
  const value = getInput(name).trim();
  if (value === '') return byDefault;
  if (['true', 'True', 'TRUE'].includes(value)) return true;
  if (['false', 'False', 'FALSE'].includes(value)) return false;
  throw new UsageError(`The input ${name} is ${JSON.stringify(value)}. Set it to true or false.`);
}

/**
 * The words of a command, with the values of variables in place of `{env.NAME}`. A value stays a value: it is a word, the value of an
 * option, or a string in JSON.
 *
 * @throws UsageError
 */
export function fillCommand(command: string, variables: NodeJS.ProcessEnv): string[] {
  try {
    const template = parseCommandTemplate(command, (name) => VARIABLE.test(name), EXPECTATION);
    const values = new Map(template.names.map((name) => [name, getVariable(name, variables)]));
    template.words.forEach((word) => {
      // In this place, Airflow would read it as an option.
      if (word.kind === 'value' && word.prefix === '' && values.get(word.name)?.startsWith('-'))
        throw new UsageError(`The value of {${word.name}} begins with "-". A value cannot be an option.`);
    });
    const argv = fillCommandTemplate(template, values);
    return argv[0] === 'airflow' ? argv.slice(1) : argv;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new UsageError(`The input command cannot be read. ${error.message}`, { cause: error });
  }
}

function getVariable(name: string, variables: NodeJS.ProcessEnv): string {
  const [, variable = ''] = VARIABLE.exec(name) ?? [];
  const value = variables[variable];
  if (value !== undefined) return value;
  throw new UsageError(`The command has {${name}}, and the step has no variable ${variable}. Set it with "env".`);
}
