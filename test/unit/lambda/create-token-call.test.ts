import { CreateCliTokenCommand, MWAAClient, type MWAAClientConfig } from '@aws-sdk/client-mwaa';
import { afterEach, expect, test, vi } from 'vitest';
import { createSigner, readLambdaCredentials } from '../../../lambda/aws/sign-request.ts';
import { createTokenEndpoint } from '../../../lambda/relay/create-token-call.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

interface SdkRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Returns the request that the AWS SDK would send. */
async function captureSdkRequest(region: string): Promise<SdkRequest> {
  let captured: SdkRequest | undefined;
  const client = new MWAAClient({
    region,
    credentials: readLambdaCredentials,
    maxAttempts: 1,
    requestHandler: {
      handle: async (request: SdkRequest) => {
        captured = request;
        throw new Error('not sent');
      },
    } as unknown as NonNullable<MWAAClientConfig['requestHandler']>,
  });
  await client.send(new CreateCliTokenCommand({ Name: 'Prod_1-a' })).catch(() => {});
  return captured!;
}

test.each(['eu-west-1', 'ap-southeast-2', 'us-gov-west-1', 'cn-north-1', 'cn-northwest-1'])(
  'the endpoint in %s is that of the AWS SDK',
  async (region) => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    const { protocol, hostname } = await captureSdkRequest(region);
    expect(createTokenEndpoint(region)).toBe(`${protocol}//${hostname}`);
  },
);

test('the signature of a request is that of the AWS SDK', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  vi.stubEnv('AWS_SESSION_TOKEN', 'session');
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1), toFake: ['Date'] });
  const { protocol, hostname, path, headers } = await captureSdkRequest('eu-west-1');
  const { authorization, 'x-amz-date': date, 'x-amz-content-sha256': hash, ...unsigned } = headers;
  const sign = createSigner('airflow', 'eu-west-1', readLambdaCredentials);
  const request = { method: 'POST', protocol, hostname, path, headers: unsigned, body: '' };

  expect((await sign(request, new Date())).headers).toMatchObject({
    authorization,
    'x-amz-date': date,
    'x-amz-content-sha256': hash,
    'x-amz-security-token': 'session',
  });
});
