/**
 * Response streaming as a function sees it: the writable it gets, and `globalThis.awslambda` (documented: Lambda developer
 * guide, "Writing response streaming-enabled functions"; API Gateway, "Lambda proxy integration format for response
 * streaming": metadata as JSON, eight NUL bytes, then the body).
 */
import { Writable } from 'node:stream';

/** Marks a handler as streaming; the runtime's own symbol, so that handlers marked by a library's shim work as well. */
export const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');

const METADATA_DELIMITER = Buffer.alloc(8);

/** Hands on every chunk as it is written. */
export class ResponseStream extends Writable {
  /** Set by `HttpResponseStream.from`: what goes before the first chunk. */
  prelude: Buffer | undefined;
  readonly #send: (chunk: Buffer) => void;

  constructor(send: (chunk: Buffer) => void) {
    super();
    this.#send = send;
  }

  /** The content type is of no use behind API Gateway; the method is part of the interface. */
  setContentType(_contentType: string): void {}

  /**
   * Sends the metadata before the first chunk. As in AWS's runtime that is a matter of `write` alone: `end(chunk)` on an
   * untouched stream goes without metadata, and the gateway then refuses the answer.
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

/** What Lambda's runtime offers to every Node function. */
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
