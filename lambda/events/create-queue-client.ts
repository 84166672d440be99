import type { AgentOptions } from 'node:https';
import { createKeepAliveAgent } from '../../mwaa/connection/keep-alive-agent.ts';
import { withTimeout } from '../../mwaa/connection/with-timeout.ts';
import { resolveEndpoint } from '../aws/service-endpoint.ts';
import { type CredentialSource, createSigner, readLambdaCredentials } from '../aws/sign-request.ts';
import { sendRequest } from '../front/queue/send-request.ts';

/** One queue of SQS. */
export interface QueueAddress {
  readonly account: string;
  readonly name: string;
}

/** What the events function does with queues. */
export interface QueueClient {
  /** Hides a received message for another time. */
  hide(queue: QueueAddress, receiptHandle: string, seconds: number): Promise<void>;
  /** Sends a message. It may arrive twice, if the answer of SQS is lost. */
  send(queue: QueueAddress, body: string, attributes: Readonly<Record<string, string>>): Promise<void>;
}

/** An error that SQS returned. */
export class QueueError extends Error {
  override readonly name = 'QueueError';
}

/** As long as the time of the function that remains for SQS allows, all tries together. */
const TRIES = 3;
const TRY_TIMEOUT_MS = 4000;
const RETRY_DELAY_MS = 200;

export interface QueueClientOptions {
  readonly region: string;
  /** Milliseconds of the wall clock. */
  now(): number;
  sleep(milliseconds: number): Promise<unknown>;
  /** For tests. */
  readonly network?: AgentOptions;
  readonly credentials?: CredentialSource;
}

/**
 * Calls SQS with its JSON protocol.
 * Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-json.html
 */
export function createQueueClient(options: QueueClientOptions): QueueClient {
  const { region, now, sleep, network, credentials = readLambdaCredentials } = options;
  const { protocol, hostname, host, port, pathname, origin } = resolveEndpoint('sqs', region, process.env);
  const sign = createSigner('sqs', region, credentials);
  const connections = createKeepAliveAgent(now, network ?? {});
  const formatUrl = ({ account, name }: QueueAddress) => `${origin}/${account}/${name}`;

  const callOnce = async (action: string, body: string): Promise<void> => {
    const headers = {
      host,
      'content-type': 'application/x-amz-json-1.0',
      'content-length': String(Buffer.byteLength(body)),
      'x-amz-target': `AmazonSQS.${action}`,
    };
    const signed = await sign({ method: 'POST', protocol, hostname, path: pathname, headers, body }, new Date(now()));
    const request = { ...signed, ...(port !== '' && { port: Number(port) }) };
    const response = await withTimeout(TRY_TIMEOUT_MS, undefined, (signal) =>
      sendRequest(connections, request, signal),
    );
    if (response.statusCode === 200) return;
    throw new QueueError(`${action} failed: ${response.statusCode} ${readErrorName(response.body)}`);
  };

  const call = async (action: string, parameters: object): Promise<void> => {
    const body = JSON.stringify(parameters);
    for (let tries = 1; ; tries += 1) {
      try {
        return await callOnce(action, body);
      } catch (error) {
        if (tries === TRIES) throw error;
        await sleep(RETRY_DELAY_MS * tries);
      }
    }
  };

  return {
    hide: (queue, ReceiptHandle, VisibilityTimeout) =>
      call('ChangeMessageVisibility', { QueueUrl: formatUrl(queue), ReceiptHandle, VisibilityTimeout }),
    send: (queue, MessageBody, attributes) =>
      call('SendMessage', {
        QueueUrl: formatUrl(queue),
        MessageBody,
        MessageAttributes: Object.fromEntries(
          Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
        ),
      }),
  };
}

/** The name of an error, without its namespace, and never its message, which may repeat values. */
function readErrorName(body: Uint8Array): string {
  const [, name = 'no error name'] =
    /"__type"\s*:\s*"(?:[^"#]*#)?([\w.]+)"/.exec(Buffer.from(body).toString('utf8')) ?? [];
  return name;
}
