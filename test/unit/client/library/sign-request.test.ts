import { createHash, createHmac } from 'node:crypto';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { signRequest, type UnsignedRequest } from '../../../../client/library/sign-request.ts';

const region = 'eu-west-1';
const service = 'execute-api';
const credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};

/** SHA-256 with the interface that the signer of the AWS SDK requires. */
class Sha256 {
  readonly #hash;

  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', key as string | Uint8Array);
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {}
}

/** The headers that the signer of the AWS SDK returns for the same request. */
async function signWithSdk({ method, address, headers, body }: UnsignedRequest, date: Date, sessionToken?: string) {
  const signer = new SignatureV4({
    service,
    region,
    credentials: { ...credentials, ...(sessionToken === undefined ? {} : { sessionToken }) },
    sha256: Sha256,
  });
  const query: Record<string, string | string[]> = {};
  for (const name of new Set(address.searchParams.keys())) query[name] = address.searchParams.getAll(name);
  const request = new HttpRequest({
    method,
    protocol: address.protocol,
    hostname: address.hostname,
    path: address.pathname,
    query,
    headers: { ...headers, host: address.host },
    ...(body === undefined ? {} : { body }),
  });
  return (await signer.sign(request, { signingDate: date })).headers;
}

const sign = ({
  date,
  sessionToken,
  ...request
}: UnsignedRequest & { date: Date; sessionToken?: string | undefined }) =>
  signRequest(request, {
    credentials: { ...credentials, ...(sessionToken === undefined ? {} : { sessionToken }) },
    region,
    service,
    date,
  });

const text = fc.string({ unit: 'grapheme' });

test('a request has the headers that the signer of the AWS SDK gives it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(text.filter((segment) => segment !== '.' && segment !== '..')),
      // The SDK keeps a query in an object, which loses this name.
      fc.array(
        fc.tuple(
          text.filter((name) => name !== '__proto__'),
          text,
        ),
      ),
      fc.dictionary(fc.stringMatching(/^x-[a-z]{1,8}$/), fc.stringMatching(/^[ -~\t]*$/)),
      fc.option(text, { nil: undefined }),
      fc.option(fc.stringMatching(/^[A-Za-z0-9+/=]{1,40}$/), { nil: undefined }),
      fc.date({ min: new Date('2020-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }),
      async (segments, pairs, headers, body, sessionToken, date) => {
        const address = new URL(
          `https://abc.execute-api.eu-west-1.amazonaws.com/${segments.map(encodeURIComponent).join('/')}`,
        );
        for (const [name, value] of pairs) address.searchParams.append(name, value);
        const request = { method: body === undefined ? 'GET' : 'POST', address, headers, body } as const;
        expect(sign({ ...request, date, sessionToken })).toEqual(await signWithSdk(request, date, sessionToken));
      },
    ),
    { numRuns: 300 },
  );
});

test.each([
  ['another port', 'http://127.0.0.1:8080/v1/environments/prod/cli'],
  ['a path with a slash at its end', 'https://example.com/v1/'],
  ['empty segments', 'https://example.com//v1//environments/prod'],
  ['characters that the path of a URL keeps', "https://example.com/v1/a'b(c)*!~-_.$&+,;=:@"],
  ['a plus in the query', 'https://example.com/run?dagId=a+b&runId=a%2Bb'],
  ['parameters with the same name', 'https://example.com/run?a=2&a=1&A=3&=4'],
])('%s is signed like the signer of the AWS SDK does', async (_, url) => {
  const date = new Date('2026-02-28T23:59:59.999Z');
  const request = { method: 'GET', address: new URL(url), headers: {}, body: undefined } as const;
  expect(sign({ ...request, date })).toEqual(await signWithSdk(request, date));
});
