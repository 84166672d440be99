import { Readable } from 'node:stream';
import type { HttpResponse } from '../event/http-response.ts';

/** The bytes of a body as a stream. middy cuts text into parts of 16,384 UTF-16 units, and may cut a character in two. */
export const streamBody = (body: HttpResponse['body']): Readable =>
  Readable.from([Buffer.from(body)], { objectMode: false });
