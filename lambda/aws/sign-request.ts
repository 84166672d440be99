import { createHash, createHmac, createSecretKey, type Hash, type Hmac, type KeyObject } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';

/** A signed request, without a query. */
export interface SignedRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Credentials, or a function that is called for each request. */
export type CredentialSource = Credentials | (() => Promise<Credentials>);

/**
 * Signs requests to a service of AWS with the SDK's own signer, which caches the key of the day. The trace id must not be signed, and is
 * not.
 *
 * @param options for S3: it is the only service that reads paths as they are, `uriEscapePath: false`
 */
export function createSigner(
  service: string,
  region: string,
  credentials: CredentialSource,
  options: { readonly uriEscapePath?: boolean } = {},
) {
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256, ...options });
  return async (request: Required<Omit<SignedRequest, 'port'>>, signingDate: Date): Promise<SignedRequest> => {
    const { headers } = await signer.sign({ ...request, query: {} }, { signingDate });
    return { ...request, headers };
  };
}

/** SHA-256 of Node.js, or HMAC-SHA-256 if there is a key, with the interface that the signer requires. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash =
      key === undefined
        ? createHash('sha256')
        : createHmac('sha256', importKey(key as string | NodeJS.ArrayBufferView));
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {}
}

const MAX_IMPORTED_KEYS = 50;
const importedKeys = new Map<string | NodeJS.ArrayBufferView, KeyObject>();

/** The signer uses the same keys all day. Importing a key takes several times longer than signing with it. */
function importKey(key: string | NodeJS.ArrayBufferView): KeyObject {
  const imported = importedKeys.get(key);
  if (imported !== undefined) return imported;
  if (importedKeys.size === MAX_IMPORTED_KEYS) importedKeys.clear();
  const created = typeof key === 'string' ? createSecretKey(key, 'utf8') : createSecretKey(key);
  importedKeys.set(key, created);
  return created;
}

/**
 * Reads the credentials that Lambda sets in a function's environment variables.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export async function readLambdaCredentials(): Promise<Credentials> {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) throw new Error('The function has no credentials');
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
  };
}
