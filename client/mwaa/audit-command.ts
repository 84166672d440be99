import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import { startsWithReadOnlyCommand } from '../../airflow/command-effects.ts';
import { isReadOnlyOperation } from '../../airflow/rest/operation-facts.ts';
import { OPERATION_WORD } from '../../airflow/rest/operation-word.ts';
import { type Terminal, UsageError } from '../terminal.ts';
import { type AuditedRequest, AuditedRequests } from './audit/audited-requests.ts';
import { formatAuditLine } from './audit/format-audit-line.ts';
import { MALFORMED_LINE, parseAuditLines } from './audit/parse-audit-lines.ts';

export const AUDIT_USAGE = `Usage: mwaa audit [--environment NAME] [--who TEXT] [--changes] [--refused] [FILE]

Summarizes the audit lines of the proxy's log, one line per request: start time, result, line of the grant that allowed it, duration,
environment, caller and command or operation (the log does not contain secret values). A health check has two lines if the environment
offers the REST API. Reads FILE or standard input: the output of "aws logs tail", also with --follow, of "aws logs filter-log-events", or
raw log lines. Ignores all other lines.

Requests without a logged outcome are listed last: their function crashed or is still running. Check in Airflow whether they ran.

  --environment NAME  only this environment, by its name in the proxy's configuration
  --who TEXT          only callers whose names contain this text
  --changes           only commands and operations that may change something
  --refused           only requests that were not granted

  aws logs tail "$GROUP" --since 1d --format short | mwaa audit
  aws logs tail "$GROUP" --follow --format short | mwaa audit --changes
  aws logs filter-log-events --log-group-name "$GROUP" --filter-pattern '"audit"' | mwaa audit --who role/reporting

GROUP is a log group with audit lines, of all environments or of one. CloudFormation generates its name from the name of the stack:

  aws logs describe-log-groups --log-group-name-prefix MwaaCliProxy --query "logGroups[].logGroupName"

Exit codes: 0 all audit lines were read, 1 some are truncated or malformed, 2 invalid usage.
`;

interface AuditFilters {
  readonly environment?: string | undefined;
  readonly who?: string | undefined;
  readonly changes: boolean;
  readonly refused: boolean;
}

/** @throws UsageError */
export async function auditCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      environment: { type: 'string' },
      who: { type: 'string' },
      changes: { type: 'boolean', default: false },
      refused: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    terminal.stdout(AUDIT_USAGE);
    return 0;
  }
  if (positionals.length > 1) throw new UsageError('Specify at most one file. Without a file, standard input is read.');

  const requests = new AuditedRequests();
  const printRequest = (request: AuditedRequest) => {
    if (matchesFilters(request, values)) terminal.stdout(`${formatAuditLine(request)}\n`);
  };
  let malformedCount = 0;
  for await (const line of readLines(positionals[0], terminal.stdin())) {
    for (const parsed of parseAuditLines(line)) {
      if (parsed === MALFORMED_LINE) {
        malformedCount += 1;
        continue;
      }
      const request = requests.addLine(parsed);
      if (request !== undefined) printRequest(request);
    }
  }
  for (const request of requests.getUnfinished()) printRequest(request);
  if (malformedCount > 0)
    terminal.stderr(`mwaa audit: skipped ${malformedCount} audit line(s) that are truncated or malformed.\n`);
  return malformedCount > 0 ? 1 : 0;
}

async function* readLines(file: string | undefined, stdin: Readable & { isTTY?: boolean }): AsyncIterable<string> {
  if (file === undefined && stdin.isTTY)
    throw new UsageError('Specify a file, or pipe a log into the command: aws logs tail GROUP | mwaa audit');
  const input = file === undefined ? stdin : createReadStream(file);
  try {
    yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (file === undefined || code === undefined) throw cause;
    throw new UsageError(`${file} cannot be read (${code}).`, { cause });
  }
}

function matchesFilters(
  { environment, caller = '', command = [], problem }: AuditedRequest,
  filters: AuditFilters,
): boolean {
  return (
    (filters.environment === undefined || environment === filters.environment) &&
    (filters.who === undefined || caller.includes(filters.who)) &&
    (!filters.changes || mayChangeState(command)) &&
    (!filters.refused || problem === 'not-granted')
  );
}

/** Whether a command or an operation of the REST API may change something. `@health` names no command. */
function mayChangeState(command: readonly string[]): boolean {
  const [word, method = '', path = ''] = command;
  if (word === undefined || word.startsWith('@')) return false;
  return word === OPERATION_WORD ? !isReadOnlyOperation({ method, path }) : !startsWithReadOnlyCommand(command);
}
