import { z } from 'zod';
import type { CredentialSource } from '../../library/credentials.ts';
import { sendHttpRequest } from '../../library/send-http-request.ts';
import { signedFetch } from '../../library/signed-fetch.ts';

/** Text attributes of a message. */
const attributesSchema = z.record(z.string(), z.object({ StringValue: z.string().optional() })).default({});

const messageSchema = z.object({
  MessageId: z.string(),
  ReceiptHandle: z.string(),
  Body: z.string(),
  Attributes: z.record(z.string(), z.string()).default({}),
  MessageAttributes: attributesSchema,
});

export type QueueMessage = z.output<typeof messageSchema>;

const moveTaskSchema = z.object({
  Status: z.string(),
  DestinationArn: z.string().optional(),
  ApproximateNumberOfMessagesMoved: z.number().default(0),
  FailureReason: z.string().optional(),
});

export type MoveTask = z.output<typeof moveTaskSchema>;

/** The calls of SQS that `mwaa redrive` needs, each with its answer. */
const ANSWERS = {
  GetQueueUrl: z.object({ QueueUrl: z.string() }),
  GetQueueAttributes: z.object({ Attributes: z.record(z.string(), z.string()) }),
  ReceiveMessage: z.object({ Messages: z.array(messageSchema).default([]) }),
  ChangeMessageVisibilityBatch: z.object({}),
  StartMessageMoveTask: z.object({ TaskHandle: z.string() }),
  ListMessageMoveTasks: z.object({ Results: z.array(moveTaskSchema).default([]) }),
} as const;

type Answers = typeof ANSWERS;

/** Calls SQS. @throws QueueApiError, ConnectionError, ZodError */
export type CallQueueApi = <Action extends keyof Answers>(
  action: Action,
  parameters: object,
) => Promise<z.output<Answers[Action]>>;

/** An error that SQS returned. */
export class QueueApiError extends Error {
  override readonly name = 'QueueApiError';
  /** The name of the error, such as `AccessDenied`. */
  readonly code: string;
  readonly action: string;

  constructor(action: string, code: string, message: string) {
    super(`${action}: ${code}${message === '' ? '' : `: ${message}`}`);
    this.action = action;
    this.code = code;
  }
}

const TIMEOUT_MS = 20_000;

const errorSchema = z.object({
  __type: z.string().default(''),
  message: z.string().optional(),
  Message: z.string().optional(),
});

/** @param variables may name another endpoint: `AWS_ENDPOINT_URL_SQS` or `AWS_ENDPOINT_URL` */
export function createQueueApi(
  region: string,
  credentials: CredentialSource,
  variables: NodeJS.ProcessEnv,
  send: typeof sendHttpRequest = sendHttpRequest,
): CallQueueApi {
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const endpoint = variables.AWS_ENDPOINT_URL_SQS || variables.AWS_ENDPOINT_URL || `https://sqs.${region}.${suffix}`;
  return async (action, parameters) => {
    const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${action}` };
    const response = await signedFetch(new URL(endpoint), JSON.stringify(parameters), credentials, region, {
      headers,
      service: 'sqs',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      send,
    });
    const text = await response.text();
    if (response.ok) return ANSWERS[action].parse(JSON.parse(text || '{}')) as never;
    const { __type = '', message, Message } = errorSchema.safeParse(parseJson(text)).data ?? {};
    throw new QueueApiError(action, __type.replace(/^.*#/, '') || `HTTP ${response.status}`, message ?? Message ?? '');
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
