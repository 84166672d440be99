/**
 * Response streaming in a function: the writable that the handler receives, and `globalThis.awslambda` (documented: Lambda developer
 * guide, "Writing response streaming-enabled functions"; API Gateway, "Lambda proxy integration format for response
 * streaming": metadata as JSON, eight NUL bytes, then the body).
 */
import { Writable } from 'node:stream';

/** Marks a streaming handler. AWS's runtime uses this symbol, so handlers that a library has marked work too. */
export const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');

/** Separates the metadata of a streamed response from its body: eight NUL bytes. */
export const METADATA_DELIMITER = Buffer.alloc(8);

/** Sends every chunk when it is written. */
export class ResponseStream extends Writable {
  /** Metadata that is sent before the first chunk. Set by `HttpResponseStream.from`. */
  prelude: Buffer | undefined;
  readonly #send: (chunk: Buffer) => void;

  constructor(send: (chunk: Buffer) => void) {
    super();
    this.#send = send;
  }

  /** Part of the interface. API Gateway ignores this content type. */
  setContentType(_contentType: string): void {}

  /**
   * Sends the metadata before the first chunk. As in AWS's runtime, only `write` does this: `end(chunk)` without an earlier `write`
   * sends no metadata, and API Gateway then rejects the response.
   */
  override write(chunk: unknown, ...rest: unknown[]): boolean {
    if (this.prelude !== undefined) {
      const prelude = this.prelude;
      this.prelude = undefined;
      super.write(prelude);
    }
    const bytes = typeof chunk === 'string' || chunk instanceof Uint8Array ? chunk : JSON.stringify(chunk);
    return Reflect.apply(super.write, this, [bytes, ...rest]);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.#send(chunk);
    done();
  }
}

/** The global object that Lambda's runtime provides to Node.js functions. */
export const awslambda = {
  streamifyResponse<Handler extends object>(handler: Handler): Handler {
    return Object.assign(handler, { [STREAMING]: 'response' });
  },
  HttpResponseStream: {
    from(stream: ResponseStream, metadata: unknown): ResponseStream {
      stream.setContentType('application/vnd.awslambda.http-integration-response');
      stream.prelude = Buffer.concat([Buffer.from(JSON.stringify(metadata)), METADATA_DELIMITER]);
      return stream;
    },
  },
};
