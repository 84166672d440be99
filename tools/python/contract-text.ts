/** The text of `python/src/mwaa_cli_proxy/_contract.py`: the rules of the TypeScript client, as Python literals. */
import { COMMAND_EFFECTS, isReadOnlyCommand } from '../../airflow/command-effects.ts';
import { NOTE_TEXTS } from '../../airflow/note-texts.ts';
import { CLIENT_OPTIONS } from '../../client/airflow/client-options.ts';
import { GROUPS } from '../../client/airflow/is-help-request.ts';
import { QUIET_KINDS, QUIET_NOTES } from '../../client/airflow/print-streams.ts';
import { AIRFLOW_PROBLEMS, SHELL_WAIT_ADVICE } from '../../client/client-failure.ts';
import {
  EXIT_CODE_BY_DIRECT_PROBLEM,
  EXIT_CODE_BY_EVIDENCE,
  EXIT_CODE_BY_OUTCOME,
  EXIT_CODE_BY_PROBLEM,
  EXIT_CODES,
} from '../../client/exit-codes.ts';
import { CHECK_ADVICE } from '../../client/library/check-advice.ts';
import { FOREIGN_ANSWER_TYPE } from '../../client/library/proxy-problem.ts';
import {
  ANSWER_MEMBERS,
  FINAL_PROBLEMS,
  FOREIGN_ANSWERS,
  REPEATED_IF_READ_ONLY,
  REPEATED_WITH_KEY,
  RETRY_LIMITS,
  SLOT_LIMITS,
  STARTED_LATER,
  UNKNOWN_OUTCOMES,
} from '../../client/library/retry-rules.ts';
import { API_HOST } from '../../client/library/signed-fetch.ts';
import { POLL_LIMITS, TRANSIENT_PROBLEMS } from '../../client/library/wait-rules.ts';
import { WAIT_EXIT_CODES } from '../../client/mwaa/wait/wait-exit-codes.ts';
import { PROFILE_VARIABLES, SETTING_VARIABLES } from '../../client/setting-variables.ts';
import { STREAM_MODES } from '../../client/stream-mode.ts';
import { PROBLEM_TYPE_PREFIX } from '../../contract/problem-type-prefix.ts';
import { PROBLEM_TYPES } from '../../contract/problem-types.ts';
import { OIDC_PATH, RUN_PARAMETERS } from '../../contract/routes.ts';
import { WAIT_LONGER_ADVICE } from '../../contract/wait-advice.ts';
import { MWAA_HOSTS } from '../../mwaa/token/require-trusted-host.ts';
import {
  formatAssignment,
  type PythonExpression,
  pythonCall,
  pythonDict,
  pythonLiteralType,
  pythonName,
  pythonNumber,
  pythonSet,
  pythonShortDict,
  pythonText,
  pythonTuple,
} from './python-literals.ts';

export const GENERATED_NOTICE =
  'Written by `npm run python-contract` from the tables of the TypeScript client. Do not edit.';

/** One constant of the module. */
interface Constant {
  readonly comment: string;
  readonly name: string;
  readonly type: string;
  readonly value: PythonExpression;
}

const constant = (comment: string, name: string, type: string, value: PythonExpression): Constant => ({
  comment,
  name,
  type,
  value,
});

const integer = (comment: string, name: string, value: number) => constant(comment, name, 'int', pythonNumber(value));
const float = (comment: string, name: string, value: number) =>
  constant(comment, name, 'float', { line: Number.isInteger(value) ? `${value}.0` : String(value) });
const text = (comment: string, name: string, value: string) => constant(comment, name, 'str', pythonText(value));
const codes = (comment: string, name: string, value: Iterable<string>) =>
  constant(comment, name, 'frozenset[str]', pythonSet([...value].sort().map(pythonText)));
const digits = (comment: string, name: string, value: readonly number[]) =>
  constant(comment, name, 'frozenset[int]', pythonSet(value.map(pythonNumber)));
const words = (comment: string, name: string, value: readonly string[]) =>
  constant(comment, name, 'tuple[str, ...]', pythonTuple(value));

const mapping = <Value>(
  comment: string,
  name: string,
  type: string,
  table: Readonly<Record<string, Value>>,
  format: (value: Value) => PythonExpression,
) =>
  constant(
    comment,
    name,
    `Mapping[str, ${type}]`,
    pythonDict(Object.fromEntries(Object.entries(table).map(([key, value]) => [key, format(value)]))),
  );

/** Types of members of an answer. */
const PYTHON_TYPES = { boolean: 'bool', list: 'list' } as const;

/** The members of `ExitCode`, as in `NO_RUN`. */
const EXIT_CODE_NAMES = Object.entries({ ...EXIT_CODES, ...WAIT_EXIT_CODES }).map(
  ([name, code]) => [name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase(), code] as const,
);

const exitCode = (code: number): PythonExpression =>
  pythonName(`ExitCode.${EXIT_CODE_NAMES.find(([, value]) => value === code)![0]}`);

const COMMANDS = Object.keys(COMMAND_EFFECTS).sort();
const readsOnly = (command: string): boolean => isReadOnlyCommand(command.split(' '));

const CONSTANTS: readonly Constant[] = [
  mapping('All problems by their code.', 'PROBLEM_TYPES', 'ProblemType', PROBLEM_TYPES, (problem) =>
    pythonCall('ProblemType', {
      status: pythonNumber(problem.status),
      title: pythonText(problem.title),
      retry_safe: pythonName(problem.retrySafe ? 'True' : 'False'),
      ...(problem.retryAfterSeconds === undefined
        ? {}
        : { retry_after_seconds: pythonNumber(problem.retryAfterSeconds) }),
    }),
  ),
  text('What precedes the code in the `type` of a problem.', 'PROBLEM_TYPE_PREFIX', PROBLEM_TYPE_PREFIX),

  codes('Nothing shows whether the command ran.', 'UNKNOWN_OUTCOMES', UNKNOWN_OUTCOMES),
  codes(
    'A trigger with a key is repeated after these: it cannot create a second run.',
    'REPEATED_WITH_KEY',
    REPEATED_WITH_KEY,
  ),
  codes('A request that changes nothing is repeated after these.', 'REPEATED_IF_READ_ONLY', REPEATED_IF_READ_ONLY),
  codes(
    'These show what became of a trigger, also if an earlier attempt had an unknown outcome.',
    'FINAL_PROBLEMS',
    FINAL_PROBLEMS,
  ),
  text('The `type` of an answer that is not from the proxy.', 'FOREIGN_ANSWER_TYPE', FOREIGN_ANSWER_TYPE),
  digits(
    'Of an answer that is not from the proxy: nothing shows whether the command ran, if its status begins with one of these.',
    'FOREIGN_UNKNOWN_OUTCOMES',
    FOREIGN_ANSWERS.unknownOutcomes,
  ),
  digits(
    'Of an answer that is not from the proxy: a repeat may help, if its status begins with one of these.',
    'FOREIGN_REPEATED',
    FOREIGN_ANSWERS.repeated,
  ),
  mapping(
    'The member that shows that a successful answer is one: by route, with its values or its type.',
    'ANSWER_MEMBERS',
    'AnswerMember',
    ANSWER_MEMBERS,
    ({ name, value }) =>
      pythonCall('AnswerMember', {
        name: pythonText(name),
        value: typeof value === 'string' ? pythonName(PYTHON_TYPES[value]) : pythonTuple(value),
      }),
  ),
  text('What a message says if nothing shows whether a command ran.', 'CHECK_ADVICE', CHECK_ADVICE),
  mapping(
    'Nothing was started, and waiting helps: always, or only if the answer has `Retry-After`.',
    'STARTED_LATER',
    'Literal["always", "with Retry-After"]',
    STARTED_LATER,
    pythonText,
  ),
  integer(
    'Including the first, but not the requests for which no slot was free.',
    'MAX_ATTEMPTS',
    RETRY_LIMITS.attempts,
  ),
  float(
    'A request is not repeated once its attempts took this long, pauses and waiting for a slot not included.',
    'MAX_ATTEMPT_SECONDS',
    RETRY_LIMITS.attemptSeconds,
  ),
  float(
    'A problem with a longer `Retry-After` is not retried.',
    'MAX_RETRY_AFTER_SECONDS',
    RETRY_LIMITS.retryAfterSeconds,
  ),
  float('A pause is longer by up to this fraction.', 'RETRY_JITTER', RETRY_LIMITS.jitter),
  float('How long a command waits for a free slot by default.', 'SLOT_WAIT_SECONDS', SLOT_LIMITS.waitSeconds),
  float(
    'What the first request waits at most if a listener wants to know that the command waits.',
    'FIRST_SLOT_WAIT_SECONDS',
    SLOT_LIMITS.firstWaitSeconds,
  ),
  float(
    'Longer than any request waits. Above it, a request has no header `Prefer`.',
    'MAX_REQUEST_WAIT_SECONDS',
    SLOT_LIMITS.requestSeconds,
  ),
  float('The shortest pause between two requests for a slot.', 'MIN_SLOT_PAUSE_SECONDS', SLOT_LIMITS.minPauseSeconds),

  float('How long to wait for the end of a run by default.', 'WAIT_TIMEOUT_SECONDS', POLL_LIMITS.timeoutMs / 1000),
  float('The first pause between two polls by default.', 'POLL_INTERVAL_SECONDS', POLL_LIMITS.intervalMs / 1000),
  float('Each pause is this many times as long as the one before it.', 'POLL_PAUSE_GROWTH', POLL_LIMITS.pauseGrowth),
  float('The longest pause, unless the first is longer.', 'MAX_POLL_PAUSE_SECONDS', POLL_LIMITS.maxPauseMs / 1000),
  float('Pauses vary by this fraction, both ways.', 'POLL_PAUSE_JITTER', POLL_LIMITS.pauseJitter),
  float('The last poll starts this long before the timeout.', 'LAST_POLL_SECONDS', POLL_LIMITS.lastPollMs / 1000),
  codes('Problems that may go away while the run continues.', 'TRANSIENT_PROBLEMS', TRANSIENT_PROBLEMS),

  codes('Commands that change nothing.', 'READ_ONLY_COMMANDS', COMMANDS.filter(readsOnly)),
  codes(
    'All other commands. The longest path that words begin with decides: `config` reads, and `config update` does not.',
    'OTHER_COMMANDS',
    COMMANDS.filter((command) => !readsOnly(command)),
  ),

  mapping('By the `outcome` of a result.', 'EXIT_CODE_BY_OUTCOME', 'ExitCode', EXIT_CODE_BY_OUTCOME, exitCode),
  mapping(
    'By the `evidence` of a `command-failed`. It precedes the code of the problem.',
    'EXIT_CODE_BY_EVIDENCE',
    'ExitCode',
    EXIT_CODE_BY_EVIDENCE,
    exitCode,
  ),
  mapping(
    'By the code of a problem. All others: `UNAVAILABLE`.',
    'EXIT_CODE_BY_PROBLEM',
    'ExitCode',
    EXIT_CODE_BY_PROBLEM,
    exitCode,
  ),
  mapping(
    'Without a proxy, these problems are about the caller. They precede the table above.',
    'EXIT_CODE_BY_DIRECT_PROBLEM',
    'ExitCode',
    EXIT_CODE_BY_DIRECT_PROBLEM,
    exitCode,
  ),

  mapping(
    'The variable of each setting, by its name in a profile.',
    'SETTING_VARIABLES',
    'str',
    SETTING_VARIABLES,
    pythonText,
  ),
  text('The variable that selects a profile.', 'PROFILE_VARIABLE', PROFILE_VARIABLES.profile),
  text('The variable that names the profiles file.', 'PROFILES_FILE_VARIABLE', PROFILE_VARIABLES.file),
  words('How the streams of a command are printed.', 'STREAM_MODES', STREAM_MODES),
  text('A host name of API Gateway, with its region.', 'API_HOST_PATTERN', toPythonPattern(API_HOST)),
  words('Host names that only web servers of MWAA have.', 'WEB_SERVER_HOST_PATTERNS', MWAA_HOSTS.map(toPythonPattern)),
  text('The first path segment for callers with a token.', 'OIDC_PATH', OIDC_PATH),
  text('The parameter of the route `run` with the id of the DAG.', 'DAG_ID_PARAMETER', RUN_PARAMETERS.dagId),
  text('The parameter of the route `run` with the id of the run.', 'RUN_ID_PARAMETER', RUN_PARAMETERS.runId),

  mapping('What each note means.', 'NOTE_TEXTS', 'str', NOTE_TEXTS, pythonText),
  codes('Notes that say nothing about this result. Printed only on request.', 'QUIET_NOTES', QUIET_NOTES),
  codes('Kinds of messages that a command that succeeded prints only on request.', 'QUIET_KINDS', QUIET_KINDS),
  codes(
    'Problems that say how Airflow ran the command or read its words. They do not depend on where it was sent.',
    'AIRFLOW_PROBLEMS',
    AIRFLOW_PROBLEMS,
  ),
  text('What the `detail` of `busy` says about waiting longer.', 'WAIT_LONGER_ADVICE', WAIT_LONGER_ADVICE),
  text('What a program says instead.', 'SHELL_WAIT_ADVICE', SHELL_WAIT_ADVICE),
  words('Words that only subcommands follow, in every release.', 'GROUPS', GROUPS),
  mapping(
    'The options of the client, which precede the command.',
    'CLIENT_OPTIONS',
    'ClientOption',
    CLIENT_OPTIONS,
    (option) =>
      pythonCall('ClientOption', {
        variables: pythonShortDict(
          Object.fromEntries(Object.entries(option.variables).map(([key, value]) => [key, pythonText(value)])),
        ),
        help: pythonText(option.help),
      }),
  ),
];

/** In Python, `$` also matches before a line end. */
function toPythonPattern({ source }: RegExp): string {
  return source.replace(/\$$/, '\\Z').replaceAll('\\/', '/');
}

export function formatContract(): string {
  const constants = CONSTANTS.map(
    ({ comment, name, type, value }) => `# ${comment}\n${formatAssignment(`${name}: Final[${type}]`, value)}`,
  );
  return `"""Rules and names that all clients of the proxy share.

${GENERATED_NOTICE}
"""

# ruff: noqa: E501

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Final, Literal, NamedTuple


class ProblemType(NamedTuple):
    """What all occurrences of a problem have in common."""

    status: int
    title: str
    #: Whether repeating the unchanged request is safe. The \`retrySafe\` of a problem overrides it.
    retry_safe: bool
    #: The value of \`Retry-After\`. None if waiting does not help.
    retry_after_seconds: int | None = None


class ExitCode(IntEnum):
    """Exit codes of the console programs."""

${EXIT_CODE_NAMES.map(([name, code]) => `    ${name} = ${code}`).join('\n')}


class AnswerMember(NamedTuple):
    """A member of a successful answer."""

    name: str
    #: The values that it can have, or its type.
    value: tuple[str, ...] | type


class ClientOption(NamedTuple):
    """An option of the client itself."""

    #: The variables that the option sets.
    variables: Mapping[str, str]
    help: str


${formatAssignment('SettingName', pythonLiteralType(Object.keys(SETTING_VARIABLES)))}

${constants.join('\n\n')}
`;
}
