import middy from '@middy/core';
import { executionModeStreamifyResponse } from '@middy/core/StreamifyResponse';
import { expect, test } from 'vitest';
import { streamBody } from '../../../lambda/front/stream-body.ts';
import { awslambda, METADATA_DELIMITER, ResponseStream } from '../../../local/gateway/functions/response-stream.ts';
import { createTexts } from '../../ric/answers.ts';

/** Streams a body as the front does, through the stream of the local runtime. Returns the bytes behind the metadata. */
async function streamLocally(body: unknown): Promise<Buffer> {
  Object.assign(globalThis, { awslambda });
  const handler = middy({ executionMode: executionModeStreamifyResponse, timeoutEarlyInMillis: 0 }).handler(
    async () => ({ statusCode: 200, headers: {}, body }),
  ) as unknown as (event: object, stream: ResponseStream, context: object) => Promise<void>;
  const chunks: Buffer[] = [];
  const stream = new ResponseStream((chunk) => chunks.push(Buffer.from(chunk)));
  await handler({}, stream, { getRemainingTimeInMillis: () => 1000 });
  const bytes = Buffer.concat(chunks);
  return bytes.subarray(bytes.indexOf(METADATA_DELIMITER) + METADATA_DELIMITER.length);
}

test('an answer of any size around a cut is streamed byte for byte', async () => {
  const changed: number[] = [];
  for (const text of createTexts([16_384, 65_536], 1024 * 1024)) {
    if (!(await streamLocally(streamBody(text))).equals(Buffer.from(text))) changed.push(text.length);
    if (!(await streamLocally(streamBody(Buffer.from(text)))).equals(Buffer.from(text))) changed.push(text.length);
  }
  expect(changed).toEqual([]);
});

test('text that middy cuts itself is changed by the local stream as well, as in Lambda', async () => {
  const text = `x${'🚀'.repeat(10_000)}`;
  expect((await streamLocally(text)).equals(Buffer.from(text))).toBe(false);
});
