import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { formatDidYouMean } from '../../airflow/did-you-mean.ts';
import { groupByTarget } from '../../config/deployment-targets.ts';
import { DEFAULT_CONFIG_FILE, loadConfig } from '../../files/load-config.ts';
import { type EventNames, getDeploymentPrefix, getEventNames, getProxyPath } from '../../files/resource-names.ts';
import { resolveCredentials } from '../library/credentials.ts';
import { type Terminal, UsageError } from '../terminal.ts';
import { checkCredentials } from './check-credentials.ts';
import { findDefaultConfig } from './find-default-config.ts';
import { formatDeadLetters, MAX_RECEIVED, readDeadLetters } from './redrive/dead-letters.ts';
import { type CallQueueApi, createQueueApi, type MoveTask, QueueApiError } from './redrive/queue-api.ts';

export const REDRIVE_USAGE = `Usage: mwaa redrive EVENT [--yes] [--config CONFIG] [--profile PROFILE]
       mwaa redrive EVENT --queue

Shows the events in the dead-letter queue of an event, with the reason of each, and sends them to its queue again. They run with the
command that the configuration has now. An event that has made its run already makes no second one: it has the same key.

  --yes              do not ask
  --queue            print the name of the queue of the event, and do nothing else
  --config CONFIG    default ${DEFAULT_CONFIG_FILE}
  --profile PROFILE  profile in the AWS configuration file; default AWS_PROFILE

Credentials are found like those of the AWS CLI. To look, they need sqs:GetQueueUrl, sqs:GetQueueAttributes, sqs:ReceiveMessage, and
sqs:ChangeMessageVisibility on the dead-letter queue; to send, also sqs:StartMessageMoveTask, sqs:ListMessageMoveTasks, and sqs:DeleteMessage
there, sqs:SendMessage on the queue, and a role that operations.redriveRoles lists.

  mwaa redrive landing
  mwaa redrive landing --yes

Exit codes: 0 the events are shown, or sent again; 1 SQS did not do it; 2 invalid usage.
`;

/** @throws UsageError, ConfigError */
export async function redriveCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      config: { type: 'string' },
      profile: { type: 'string' },
      yes: { type: 'boolean', default: false },
      queue: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    terminal.stdout(REDRIVE_USAGE);
    return 0;
  }
  const [event, ...others] = positionals;
  if (event === undefined || others.length > 0) throw new UsageError('Name one event, as in "mwaa redrive landing".');
  const { names, region } = findEvent(values.config ?? findDefaultConfig(), event);
  if (values.queue) {
    terminal.stdout(`${names.queue}\n`);
    return 0;
  }
  const printMessage = (text: string) => terminal.stderr(`mwaa redrive: ${text}\n`);
  try {
    const { environment: variables } = terminal;
    const { signal } = new AbortController();
    const source = resolveCredentials(variables, values.profile ?? variables.AWS_PROFILE);
    const credentials = await checkCredentials(source, variables, Date.now, signal);
    const call = createQueueApi(region, credentials, variables);
    return await redrive({ call, names, terminal, printMessage, isConfirmed: values.yes });
  } catch (error) {
    printMessage(describeError(error, names, region));
    return 1;
  }
}

/** The queues of an event, and the region in which they are. */
function findEvent(file: string, name: string): { names: EventNames; region: string } {
  const config = loadConfig(file);
  const event = Object.hasOwn(config.events, name) ? config.events[name] : undefined;
  if (event === undefined) {
    const known = Object.keys(config.events);
    const suggestion =
      formatDidYouMean(name, known) || (known.length === 0 ? ' It has none.' : ` Its events: ${known.join(', ')}.`);
    throw new UsageError(`${file} has no event "${name}".${suggestion}`);
  }
  const { stackName, region } = groupByTarget(config, config.environments).find(({ environments }) =>
    Object.hasOwn(environments, event.environment),
  )!;
  return { names: getEventNames(getDeploymentPrefix(stackName, getProxyPath(stackName)), name), region };
}

interface Redrive {
  readonly call: CallQueueApi;
  readonly names: EventNames;
  readonly terminal: Terminal;
  readonly printMessage: (text: string) => void;
  readonly isConfirmed: boolean;
}

async function redrive({ call, names, terminal, printMessage, isConfirmed }: Redrive): Promise<number> {
  const { QueueUrl } = await call('GetQueueUrl', { QueueName: names.deadLetterQueue });
  const letters = await readDeadLetters(call, QueueUrl);
  if (letters.length === 0) {
    printMessage(`no events are in the dead-letter queue ${names.deadLetterQueue}.`);
    return 0;
  }
  terminal.stdout(formatDeadLetters(letters));
  if (letters.length >= MAX_RECEIVED)
    printMessage(`there may be more than these ${letters.length}. All are sent again.`);
  if (!isConfirmed && !(await askForConfirmation(terminal))) {
    printMessage('nothing was sent. Use --yes to send the events again.');
    return 0;
  }
  const { Attributes } = await call('GetQueueAttributes', { QueueUrl, AttributeNames: ['QueueArn'] });
  const SourceArn = Attributes.QueueArn ?? '';
  const DestinationArn = SourceArn.replace(/[^:]*$/, names.queue);
  // With a destination, SQS moves messages too that were sent to the dead-letter queue, and not moved there by itself.
  await call('StartMessageMoveTask', { SourceArn, DestinationArn });
  const task = await waitForTask(call, SourceArn);
  if (task.Status === 'COMPLETED') {
    printMessage(`sent again: ${task.ApproximateNumberOfMessagesMoved}, to the queue ${names.queue}.`);
    return 0;
  }
  if (task.Status === 'RUNNING') {
    printMessage('SQS still moves the events. Look again in a minute.');
    return 0;
  }
  printMessage(
    `SQS stopped after ${task.ApproximateNumberOfMessagesMoved}: ${task.FailureReason ?? task.Status}. The others are still in ` +
      `${names.deadLetterQueue}. ${REDRIVE_ROLE_REMEDY}`,
  );
  return 1;
}

const REDRIVE_ROLE_REMEDY =
  'Check that operations.redriveRoles lists your role, and that the role may send to the queue.';

/** False also if there is nobody to ask. */
async function askForConfirmation(terminal: Terminal): Promise<boolean> {
  const stdin = terminal.stdin() as ReturnType<Terminal['stdin']> & { isTTY?: boolean };
  if (!stdin.isTTY) return false;
  terminal.stderr('Send these events again? [y/N] ');
  const lines = createInterface({ input: stdin });
  try {
    for await (const line of lines) return /^y(?:es)?$/i.test(line.trim());
    return false;
  } finally {
    lines.close();
  }
}

const POLL_MS = 1000;
const MAX_POLLS = 60;

/** The state of the newest task of a queue, once it has ended. */
async function waitForTask(call: CallQueueApi, SourceArn: string): Promise<MoveTask> {
  for (let polls = 1; ; polls += 1) {
    const { Results } = await call('ListMessageMoveTasks', { SourceArn, MaxResults: 1 });
    const task = Results[0] ?? { Status: 'RUNNING', ApproximateNumberOfMessagesMoved: 0 };
    if (task.Status !== 'RUNNING' || polls === MAX_POLLS) return task;
    await sleep(POLL_MS);
  }
}

function describeError(error: unknown, { deadLetterQueue }: EventNames, region: string): string {
  const { message } = error as Error;
  if (!(error instanceof QueueApiError)) return message;
  if (/NonExistentQueue|QueueDoesNotExist/.test(error.code)) {
    return `${region} has no queue ${deadLetterQueue} in this account. Check the credentials and whether the event is deployed.`;
  }
  if (/AccessDenied/.test(error.code)) {
    return error.action === 'StartMessageMoveTask'
      ? `${message}. ${REDRIVE_ROLE_REMEDY}`
      : `${message}. See "mwaa redrive --help" for the permissions.`;
  }
  if (error.code.includes('UnsupportedOperation') && error.action === 'StartMessageMoveTask') {
    return `${message}. Another task may be moving these events already. Look again in a minute.`;
  }
  return message;
}
