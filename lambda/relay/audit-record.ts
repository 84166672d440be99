import type { SendTrace } from '../../mwaa/cli/send-command-types.ts';

/**
 * The members that the log has for a request. It has no others: no token, no stream, and no argument values except identifiers.
 */
export interface AuditRecord {
  /** API Gateway's request id, which the caller gets in the response. */
  requestId: string;
  /** Lambda's request id, as in its own log lines. */
  lambdaRequestId: string;
  environment: string;
  caller?: string;
  command?: readonly string[];
  decision?: 'allowed' | 'refused';
  grant?: string;
  grantLine?: number;
  outcome?: string;
  replayed?: boolean;
  problem?: string;
  /** Result of a health check. */
  healthy?: boolean;
  /** The step of a health check that failed. */
  failedStep?: string;
  status?: number;
  durationMs?: number;
  /** Code or name of an unexpected error, never its message. */
  error?: string;
  /** Set once a command is being sent. */
  trace?: SendTrace;
}
