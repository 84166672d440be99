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
    const body = event.isBase64Encoded ? Buffer.from(event.body ?? '', 'base64').toString('utf8') : (event.body ?? '');
    const request = readRequestBody(header(event, 'content-type') ?? '', body);
    const abortMs = environment.timeouts.abortSeconds * 1000;
    const relay = {
      environment,
      send,
      signal: AbortSignal.timeout(abortMs),
      timeLeftMs: () => abortMs - (performance.now() - startedAt),
      audit,
    };
    const asked = { ...request, requestId, caller, key: idempotencyKey(event) };
    const result = await relayCommand(relay, asked);
    return {
      statusCode: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: JSON.stringify({ requestId, ...result, durationMs: Math.round(performance.now() - startedAt) }),
    };
  };
}

/** @throws Problem `malformed-request` for a key that could be read in two ways */
function idempotencyKey(event: APIGatewayProxyEvent): string | undefined {
  const keys = Object.entries(event.multiValueHeaders ?? {}).flatMap(([name, values]) =>
    name.toLowerCase() === 'idempotency-key' ? (values ?? []) : [],
  );
  const [key] = keys;
  if (keys.length > 1 || (key !== undefined && !/^[\x21-\x7e]{1,255}$/.test(key))) {
    throw new Problem('malformed-request', 'Idempotency-Key is one value of 1 to 255 visible ASCII characters.');
  }
  return key;
}

function header(event: APIGatewayProxyEvent, name: string): string | undefined {
  return Object.entries(event.headers ?? {}).find(([key]) => key.toLowerCase() === name)?.[1];
}
