import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import type { HttpResponse } from '../event/http-response.ts';
import { toProblem } from '../middleware/convert-errors-to-problems.ts';
import { type AuditRecord, writeAuditOutcome } from './audit-log.ts';

/** Lambda's context with the audit record of the request, which everything on the way fills in. */
export interface AuditedContext extends Context {
  audit: AuditRecord;
}

/**
 * Opens an audit record before anything else and writes it, once, after everything else.
 *
 * @param now milliseconds since the epoch
 */
export function auditRequests(
  environment: string,
  now: () => number,
): MiddlewareObj<APIGatewayProxyEvent, HttpResponse, Error, AuditedContext> {
  let startedAt = 0; // A function serves one request at a time.
  const close = (audit: AuditRecord, response: HttpResponse | null | undefined) => {
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
    after: ({ context, response }) => close(context.audit, response),
    onError: ({ context, error, response }) => {
      const { code, cause } = toProblem(error);
      context.audit.problem = code;
      if (code === 'internal-error' && cause instanceof Error)
        context.audit.error = `${cause.name}${formatErrorOrigin(cause)}`;
      close(context.audit, response);
    },
  };
}

/** Where an unexpected error was thrown: the first frame of its stack, which holds no values. */
function formatErrorOrigin(error: Error): string {
  const frame = error.stack?.split('\n').find((line) => line.startsWith('    at '));
  return frame === undefined ? '' : ` ${frame.trim()}`;
}
