import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import type { HttpResponse } from '../event/http-response.ts';
import { toProblem } from '../middleware/convert-errors-to-problems.ts';
import { writeAuditOutcome } from './audit-log.ts';
import type { AuditRecord } from './audit-record.ts';

/** Lambda's context with the audit record of the request, which each step fills in. */
export interface AuditedContext extends Context {
  audit: AuditRecord;
}

/**
 * Creates an audit record before every other step, and writes it once after every other step.
 *
 * @param now milliseconds since the epoch
 */
export function auditRequests(
  environment: string,
  now: () => number,
): MiddlewareObj<APIGatewayProxyEvent, HttpResponse, Error, AuditedContext> {
  let startedAt = 0; // Shared state is safe: a function serves one request at a time.
  const writeOutcome = (audit: AuditRecord, response: HttpResponse | null | undefined) => {
    const status = response ? { status: response.statusCode } : {};
    writeAuditOutcome({ ...audit, ...status, durationMs: Math.round(now() - startedAt) }, now());
  };
  return {
    before: ({ event, context }) => {
      startedAt = now();
      context.audit = {
        requestId: event.requestContext?.requestId ?? '',
        lambdaRequestId: context.awsRequestId,
        environment,
      };
    },
    after: ({ context, response }) => writeOutcome(context.audit, response),
    onError: ({ context, error, response }) => {
      const { code, cause } = toProblem(error);
      context.audit.problem = code;
      if (code === 'internal-error' && cause instanceof Error)
        context.audit.error = `${cause.name}${formatErrorOrigin(cause)}`;
      writeOutcome(context.audit, response);
    },
  };
}

/** Where an unexpected error was thrown: the first frame of its stack, which contains no values. */
function formatErrorOrigin(error: Error): string {
  const frame = error.stack?.split('\n').find((line) => line.startsWith('    at '));
  return frame === undefined ? '' : ` ${frame.trim()}`;
}
