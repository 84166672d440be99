import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { AwsCredentials, AwsRequest } from './aws-request.ts';

/** Signs a request. `at` is the time of the service. */
export type Sign = (request: AwsRequest, at: Date) => Promise<AwsRequest>;

/** Signs requests with the AWS SDK's own signer, which caches the key of the day. */
export function createSigner(service: string, region: string, credentials: () => Promise<AwsCredentials>): Sign {
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 });
  return async (request, signingDate) => {
    const { headers } = await signer.sign({ ...request, query: {} }, { signingDate });
    return { ...request, headers };
  };
}

/** SHA-256 of Node.js, or HMAC-SHA-256 if there is a key, with the interface that the signer requires. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash =
      key === undefined ? createHash('sha256') : createHmac('sha256', key as string | NodeJS.ArrayBufferView);
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {}
}
