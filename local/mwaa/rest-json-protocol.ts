import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { sendResponse } from './http-messages.ts';
import type { JournalEntry } from './journal.ts';

/** AWS's name, status and message of a refusal. */
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

/** Answers in the shape of AWS's REST-JSON protocol with what an operation comes to, and completes the journal's entry. */
export async function sendOperationResult(
  response: ServerResponse,
  { entry, now }: { entry: JournalEntry; now: number },
  operation: () => Promise<AwsError | object>,
): Promise<void> {
  const outcome = await operation().catch((error: unknown): AwsError => {
    entry.standInError = String(error);
    return { status: 500, code: 'InternalServerException', message: 'The stand-in failed, see its journal.' };
  });
  entry.status = isAwsError(outcome) ? outcome.status : 200;
  // By this clock, as AWS's answers have it: an SDK corrects its own after it.
  response.setHeader('Date', new Date(now).toUTCString());
  if (isAwsError(outcome)) sendAwsError(response, outcome);
  else sendJson(response, 200, outcome);
}

export function sendAwsError(response: ServerResponse, { status, code, message }: AwsError): void {
  sendJson(response, status, { message }, { 'x-amzn-ErrorType': code });
}

/** A part of a path, as it was before it was encoded. */
export function decodePathParameter(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const isAwsError = (outcome: AwsError | object): outcome is AwsError => 'code' in outcome;

function sendJson(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  const json = { status, contentType: 'application/json', body: JSON.stringify(body) };
  sendResponse(response, json, { 'x-amzn-RequestId': randomUUID(), ...headers });
}
