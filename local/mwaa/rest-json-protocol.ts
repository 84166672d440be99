import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { sendResponse } from './http-messages.ts';
import type { JournalEntry } from './journal.ts';

/** An error of an AWS API. */
export interface AwsError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

export const UNKNOWN_OPERATION: AwsError = {
  status: 404,
  code: 'UnknownOperationException',
  message: 'There is no such operation.',
};

/** Runs an operation, sends its result in AWS's REST-JSON protocol, and completes the journal entry. */
export async function sendOperationResult(
  response: ServerResponse,
  { entry, now }: { entry: JournalEntry; now: number },
  operation: () => Promise<AwsError | object>,
): Promise<void> {
  const result = await operation().catch((error: unknown): AwsError => {
    entry.standInError = String(error);
    return {
      status: 500,
      code: 'InternalServerException',
      message: 'The stand-in failed: see standInError in its journal.',
    };
  });
  entry.status = isAwsError(result) ? result.status : 200;
  // The time of the stand-in's clock. AWS sends this header too, and an SDK corrects its clock with it.
  response.setHeader('Date', new Date(now).toUTCString());
  if (isAwsError(result)) sendAwsError(response, result);
  else sendJson(response, 200, result);
}

export function sendAwsError(response: ServerResponse, { status, code, message }: AwsError): void {
  sendJson(response, status, { message }, { 'x-amzn-ErrorType': code });
}

/** Decodes a path part. Returns it unchanged if it is malformed. */
export function decodePathParameter(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const isAwsError = (result: AwsError | object): result is AwsError => 'code' in result;

function sendJson(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  const json = { status, contentType: 'application/json', body: JSON.stringify(body) };
  sendResponse(response, json, { 'x-amzn-RequestId': randomUUID(), ...headers });
}
