import type { RequestListener } from 'node:http';
import { readBody } from '../read-body.ts';
import { sendResponse } from './http-messages.ts';
import type { Journal } from './journal.ts';

/** A host that does not belong to MWAA. It accepts every request and records it in the journal: tests require that none arrives. */
export function createForeignHost(journal: Journal, now: () => number): RequestListener {
  return async (request, response) => {
    const path = request.url ?? '';
    journal.push({ at: now(), kind: 'foreign-host', environment: '', path, status: 200 });
    await readBody(request);
    sendResponse(response, { status: 200, contentType: 'application/json', body: '{"stdout":"","stderr":""}' });
  };
}
