import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import { isReadOnlyCommand } from '../../airflow/command-effects.ts';
import { type Terminal, UsageError } from '../terminal.ts';
import { type AuditedRequest, AuditedRequests } from './audit/audited-requests.ts';
import { formatAuditLine } from './audit/format-audit-line.ts';
import { parseAuditLines, TRUNCATED_LINE } from './audit/parse-audit-lines.ts';

export const AUDIT_USAGE = `Usage: mwaa audit [--environment NAME] [--who TEXT] [--changes] [--refused] [FILE]

The audit lines of a relay's log, a line a request: when it began, what became of it, the line of the grant that let it through, how
long it took, where, who, and the command, whose values the log does not have. Reads FILE or standard input: what "aws logs tail"
prints, with --follow too, or "aws logs filter-log-events", or raw lines. Other lines are passed over.

A request of which the log says no end is told last: its function died, or is still at work. Look in Airflow for what it was to run.

  --environment NAME  only this one, as the proxy calls it
  --who TEXT          only callers with this text in their names
  --changes           only commands that change something
  --refused           only what was not granted

  aws logs tail "$GROUP" --since 1d --format short | mwaa audit
  aws logs tail "$GROUP" --follow --format short | mwaa audit --changes
  aws logs filter-log-events --log-group-name "$GROUP" --filter-pattern '"audit"' | mwaa audit --who role/reporting

GROUP is the relay's log group of an environment, whose name CloudFormation has made of the stack's and the environment's:

  aws logs describe-log-groups --log-group-name-prefix MwaaCliProxy --query "logGroups[].logGroupName"

Exit status: 0 read, 1 some lines are cut off, 2 bad usage.
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
  if (positionals.length > 1) throw new UsageError('Write one file, or none for standard input.');

  const requests = new AuditedRequests();
  const show = (request: AuditedRequest) => {
    if (matchesFilters(request, values)) terminal.stdout(`${formatAuditLine(request)}\n`);
  };
  let cutOff = 0;
  for await (const line of readLines(positionals[0], terminal.stdin)) {
    for (const found of parseAuditLines(line)) {
      const request = found === TRUNCATED_LINE ? undefined : requests.addLine(found);
      if (found === TRUNCATED_LINE) cutOff += 1;
      if (request !== undefined) show(request);
    }
  }
  for (const request of requests.getUnfinished()) show(request);
  if (cutOff > 0) terminal.stderr(`mwaa audit: ${cutOff} of the audit's lines are cut off, and not shown.\n`);
  return cutOff > 0 ? 1 : 0;
}

async function* readLines(file: string | undefined, stdin: Readable & { isTTY?: boolean }): AsyncIterable<string> {
  if (file === undefined && stdin.isTTY) throw new UsageError('Write a file, or pipe the log into it.');
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

/** Names of commands have at most three words. */
const mayChangeState = (command: readonly string[]): boolean =>
  command.length > 0 &&
  !command[0]!.startsWith('@') &&
  ![1, 2, 3].some((words) => isReadOnlyCommand(command.slice(0, words)));
