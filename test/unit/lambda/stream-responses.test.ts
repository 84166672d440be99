import { expect, test } from 'vitest';
import type { HttpResponse } from '../../../lambda/event/http-response.ts';
import { streamResponses } from '../../../lambda/front/stream-responses.ts';
import { awslambda, METADATA_DELIMITER, ResponseStream } from '../../../local/gateway/functions/response-stream.ts';
import { createTexts } from '../../ric/answers.ts';

Object.assign(globalThis, { awslambda });

type StreamingHandler = (event: object, stream: ResponseStream, context: object) => Promise<void>;

/** Runs a handler with the stream of the local runtime. */
async function run(handler: object): Promise<{ metadata: unknown; body: Buffer }> {
  const chunks: Buffer[] = [];
  const stream = new ResponseStream((chunk) => chunks.push(Buffer.from(chunk)));
  await (handler as StreamingHandler)({}, stream, {});
  const bytes = Buffer.concat(chunks);
  const end = bytes.indexOf(METADATA_DELIMITER);
  return {
    metadata: JSON.parse(bytes.subarray(0, end).toString()),
    body: bytes.subarray(end + METADATA_DELIMITER.length),
  };
}

const stream = (body: HttpResponse['body']) =>
  run(streamResponses(async () => ({ statusCode: 201, headers: { 'content-type': 'application/json' }, body })));

test('the status and the headers come first', async () => {
  expect((await stream('{}')).metadata).toEqual({ statusCode: 201, headers: { 'content-type': 'application/json' } });
});

test('an answer of any size around a cut is streamed byte for byte', async () => {
  const changed: number[] = [];
  for (const text of createTexts([16_384, 65_536], 1024 * 1024)) {
    for (const body of [text, Buffer.from(text)]) {
      if (!(await stream(body)).body.equals(Buffer.from(text))) changed.push(text.length);
    }
  }
  expect(changed).toEqual([]);
});

test('text that is cut within a character is changed by the local stream as well, as in Lambda', async () => {
  const text = `x${'🚀'.repeat(10_000)}`;
  const cutting = awslambda.streamifyResponse(async (_event: object, stream: ResponseStream) => {
    const response = awslambda.HttpResponseStream.from(stream, { statusCode: 200 });
    for (let at = 0; at < text.length; at += 16_384) response.write(text.slice(at, at + 16_384));
    response.end();
  });
  expect((await run(cutting)).body.equals(Buffer.from(text))).toBe(false);
});

test('a handler that fails before it responds writes nothing', async () => {
  const failing = streamResponses(() => Promise.reject(new Error('failed')));
  await expect(run(failing)).rejects.toThrow('failed');
});

test('a stream that fails is reported', async () => {
  const failing = streamResponses(async () => ({ statusCode: 200, headers: {}, body: '{}' }));
  const stream = new ResponseStream(() => {
    throw new Error('cut');
  });
  await expect((failing as unknown as StreamingHandler)({}, stream, {})).rejects.toThrow('cut');
});
