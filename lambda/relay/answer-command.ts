import type { APIGatewayProxyEvent } from 'aws-lambda';
import { callerFromArn } from '../../policy/caller.ts';
import type { AuditedContext } from '../middleware/audited.ts';
import type { SendCommand } from '../mwaa/send-command.ts';
import { type HttpResponse, Problem } from '../problem.ts';
import { relayCommand } from './relay-command.ts';
import type { RelayEnvironment } from './relay-environment.ts';
import { readRequestBody } from './request-body.ts';

/** The handler proper: who asks, for what, and the answer. */
export function answerCommand(environment: RelayEnvironment, send: SendCommand) {
  return async (event: APIGatewayProxyEvent, { audit }: AuditedContext): Promise<HttpResponse> => {
    const startedAt = performance.now();
    const { requestId, identity } = event.requestContext;
    const caller = callerFromArn(identity.userArn ?? '');
    if (caller === undefined) throw new Problem('untrusted-event', 'The request names no caller.');
    audit.caller = caller.text;
    if (header(event, 'idempotency-key') !== undefined) {
      throw new Problem(
        'malformed-request',
        'Idempotency-Key is not supported yet: name the run with --run-id, and a repeat is refused by Airflow.',
      );
    }
    const body = event.isBase64Encoded ? Buffer.from(event.body ?? '', 'base64').toString('utf8') : (event.body ?? '');
    const request = readRequestBody(header(event, 'content-type') ?? '', body);
    const seconds = Math.min(environment.timeouts.postSeconds, environment.timeouts.abortSeconds);
    const signal = AbortSignal.timeout(seconds * 1000);
    const result = await relayCommand(environment, send, caller, request, audit, signal);
    return {
      statusCode: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: JSON.stringify({ requestId, ...result, durationMs: Math.round(performance.now() - startedAt) }),
    };
  };
}

function header(event: APIGatewayProxyEvent, name: string): string | undefined {
  return Object.entries(event.headers ?? {}).find(([key]) => key.toLowerCase() === name)?.[1];
}
