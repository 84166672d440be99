import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createJwksFetcher, MAX_JWKS_BYTES } from '../../../lambda/authorizer/create-jwks-fetcher.ts';
import {
  createVerifyToken,
  JWKS_MAX_AGE_MS,
  type VerifyToken,
} from '../../../lambda/authorizer/create-verify-token.ts';
import { createCertificateAuthority, type ServerCertificate } from '../../../local/mwaa/certificate-authority.ts';
import { AUTHORIZER_FILE, createFakeIssuer, exportPublicJwk, NOW, signToken } from './authorizer-tokens.ts';

describe('the cached keys of an issuer', () => {
  let keys: unknown;
  let now: number;
  let issuer: ReturnType<typeof createFakeIssuer>;
  let verifyToken: VerifyToken;
  beforeEach(async () => {
    keys = { keys: [await exportPublicJwk('one')] };
    now = NOW * 1000;
    issuer = createFakeIssuer(() => JSON.stringify(keys));
    verifyToken = createVerifyToken(AUTHORIZER_FILE, () => now, issuer);
  });
  const signLongLivedToken = () => signToken({ exp: NOW + 9999 });

  test('are fetched once for many tokens', async () => {
    for (let n = 0; n < 5; n++) await verifyToken(await signToken());
    expect(issuer.fetched).toBe(1);
  });

  test('are fetched once for concurrent tokens', async () => {
    await Promise.all(Array.from({ length: 5 }, async () => verifyToken(await signToken())));
    expect(issuer.fetched).toBe(1);
  });

  test('are fetched again for a token with a new key', async () => {
    await verifyToken(await signToken());
    keys = { keys: [await exportPublicJwk('one'), await exportPublicJwk('two')] };

    await expect(verifyToken(await signToken({}, { kid: 'two' }, 'two'))).resolves.toMatchObject({
      sub: 'repo:acme/etl',
    });
    await verifyToken(await signToken());
    expect(issuer.fetched).toBe(2);
  });

  test('expire: a removed key is trusted for at most JWKS_MAX_AGE_MS', async () => {
    await verifyToken(await signLongLivedToken());
    keys = { keys: [await exportPublicJwk('two')] };
    now += JWKS_MAX_AGE_MS - 1;
    await expect(verifyToken(await signLongLivedToken())).resolves.toBeDefined();
    now += 1;
    await expect(verifyToken(await signLongLivedToken())).rejects.toThrow('UnknownKey');
  });

  test('expire: a key that was replaced under the same id is trusted for at most JWKS_MAX_AGE_MS', async () => {
    await verifyToken(await signLongLivedToken());
    keys = { keys: [{ ...(await exportPublicJwk('two')), kid: 'one' }] };
    now += JWKS_MAX_AGE_MS;
    await expect(verifyToken(await signLongLivedToken())).rejects.toThrow('Signature');
    await expect(verifyToken(await signToken({ exp: NOW + 9999 }, {}, 'two'))).resolves.toBeDefined();
  });

  test('are fetched again after the clock was set back', async () => {
    await verifyToken(await signLongLivedToken());
    now -= 3_600_000;
    await verifyToken(await signLongLivedToken());
    expect(issuer.fetched).toBe(2);
  });

  test('are not fetched for each unknown key, and tokens with known keys are still accepted', async () => {
    const reasons = [];
    for (let n = 0; n < 5; n++) {
      reasons.push(
        await verifyToken(await signToken({}, { kid: `k${n}` })).catch(({ name, message, reason = message }) => [
          name,
          reason,
        ]),
      );
    }
    expect(reasons[0]).toEqual(['InvalidTokenError', 'UnknownKey']);
    for (const reason of reasons.slice(1)) expect(reason).toEqual(['TokenCheckError', 'KeysJustFetched']);
    await expect(verifyToken(await signToken())).resolves.toBeDefined();
    expect(issuer.fetched).toBe(1);
  });

  test('are used as soon as they are valid again after a failure', async () => {
    const validKeys = keys;
    keys = 'down';
    await expect(verifyToken(await signToken())).rejects.toThrow('no valid keys');
    keys = validKeys;
    await expect(verifyToken(await signToken())).resolves.toBeDefined();
  });

  test.each<[what: string, text: () => unknown]>([
    ['no JSON', () => undefined],
    ['no key set', () => ({ error: 'x' })],
    ['null', () => null],
    ['HTML', () => '<html>'],
    ['keys without a type', () => ({ keys: [{ nothing: true }] })],
    ['a key without a coordinate', () => ({ keys: [{ kty: 'EC', crv: 'P-256', kid: 'one', x: 'AA' }] })],
    ['a key off its curve', () => ({ keys: [{ kty: 'EC', crv: 'P-256', kid: 'one', x: 'AA', y: 'AA' }] })],
    ['a key with a malformed modulus', () => ({ keys: [{ kty: 'RSA', kid: 'one', n: '!!', e: 'AQAB' }] })],
    ['a key without an exponent', () => ({ keys: [{ kty: 'RSA', kid: 'one', n: 'AQAB' }] })],
    ['a key of an unknown curve', () => ({ keys: [{ kty: 'OKP', crv: 'X', kid: 'one', x: 'AA' }] })],
  ])('are not usable if the response is %s', async (_what, text) => {
    keys = text();
    await expect(verifyToken(await signToken())).rejects.toMatchObject({
      name: 'TokenCheckError',
      reason: 'IssuerAnswer',
    });
  });

  test.each<[what: string, change: object]>([
    ['a key for encryption', { use: 'enc' }],
    ['a shared secret', { kty: 'oct', k: 'AAAA', use: 'sig' }],
  ])('reject %s', async (_what, change) => {
    keys = { keys: [{ ...(await exportPublicJwk('one')), ...change }] };
    await expect(verifyToken(await signToken())).rejects.toMatchObject({ name: 'InvalidTokenError', message: 'NoKey' });
  });

  test('reject a key for another algorithm', async () => {
    keys = { keys: [{ ...(await exportPublicJwk('one')), alg: 'ES384' }] };
    await expect(verifyToken(await signToken())).rejects.toMatchObject({
      name: 'InvalidTokenError',
      message: 'Algorithm',
    });
  });

  test('may include keys of unknown types', async () => {
    keys = { keys: [{ kty: 'AKP', alg: 'ML-DSA-44', kid: 'new', pub: 'AA' }, await exportPublicJwk('one')] };
    await expect(verifyToken(await signToken())).resolves.toBeDefined();
  });
});

describe('the JWKS fetcher', () => {
  const TEXT = '{"keys":[]}';
  let credential: ServerCertificate;
  let untrusted: ServerCertificate;
  let ca: string;
  const servers: { close(): unknown; closeAllConnections?(): void }[] = [];
  beforeAll(async () => {
    const authority = await createCertificateAuthority(mkdtempSync(join(tmpdir(), 'keys-')));
    credential = await authority.issueCertificate('id.example.com');
    untrusted = await authority.issueUntrustedCertificate('id.example.com');
    ca = readFileSync(authority.file, 'utf8');
  });
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections?.();
      server.close();
    }
  });

  let requests: number;
  const listen = async <Some extends Pick<Server, 'listen' | 'address' | 'close'>>(server: Some) => {
    requests = 0;
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };
  const fetchFrom = async (respond: RequestListener, { certificate = credential, attemptTimeoutMs = 5_000 } = {}) => {
    const port = await listen(
      createServer(certificate, (request, response) => {
        requests += 1;
        respond(request, response);
      }),
    );
    const connection = { ca, port, hostname: '127.0.0.1', servername: 'id.example.com' };
    const bytes = await createJwksFetcher(connection, attemptTimeoutMs).fetch(AUTHORIZER_FILE.jwksUri);
    return new TextDecoder().decode(bytes);
  };

  test('returns the body', async () => {
    expect(await fetchFrom((_request, response) => response.end(TEXT))).toBe(TEXT);
  });

  test('returns a body of the maximum size, and rejects one byte more', async () => {
    const text = 'x'.repeat(MAX_JWKS_BYTES);
    expect(await fetchFrom((_request, response) => response.end(text))).toBe(text);
    await expect(fetchFrom((_request, response) => response.end(`${text}x`))).rejects.toThrow('larger than');
    expect(requests).toBe(1);
  });

  test('aborts an endless response', async () => {
    const endless: RequestListener = (_request, response) => {
      const writeMore = () => response.write('x'.repeat(65_536)) && setImmediate(writeMore);
      response.on('drain', writeMore).on('error', () => {});
      writeMore();
    };
    await expect(fetchFrom(endless)).rejects.toThrow('larger than');
  });

  test.each([404, 500, 204])('rejects status %i without a retry', async (status) => {
    const respond: RequestListener = (_request, response) => response.writeHead(status).end();
    await expect(fetchFrom(respond)).rejects.toThrow(`HTTP ${status}`);
    expect(requests).toBe(1);
  });

  test('closes the connection to an issuer that keeps sending after an error status', async () => {
    let closed: Promise<unknown> | undefined;
    const keepSending: RequestListener = (_request, response) => {
      closed = once(response, 'close');
      response.writeHead(500).write('x');
    };
    // The timeout of the attempt is longer than that of the test, because it would also close the connection.
    await expect(fetchFrom(keepSending, { attemptTimeoutMs: 600_000 })).rejects.toThrow('HTTP 500');
    await closed;
  });

  test('does not follow a redirect', async () => {
    const redirect: RequestListener = ({ url }, response) =>
      url === '/jwks.json' ? response.writeHead(302, { location: '/other' }).end() : response.end(TEXT);
    await expect(fetchFrom(redirect)).rejects.toThrow('HTTP 302');
    expect(requests).toBe(1);
  });

  test('retries once after the connection was closed', async () => {
    expect(
      await fetchFrom(({ socket }, response) => void (requests === 1 ? socket.destroy() : response.end(TEXT))),
    ).toBe(TEXT);
    await expect(fetchFrom(({ socket }) => void socket.destroy())).rejects.toThrow();
    expect(requests).toBe(2);
  });

  test.each<[what: string, respond: RequestListener]>([
    ['never responds', () => {}],
    ['stops responding', (_request, response) => void response.writeHead(200).write('{')],
  ])('times out for an issuer that %s', async (_what, respond) => {
    await expect(fetchFrom(respond, { attemptTimeoutMs: 150 })).rejects.toThrow(/abort|time/i);
    expect(requests).toBe(2);
  });

  test('rejects an untrusted certificate', async () => {
    await expect(fetchFrom((_request, response) => response.end(TEXT), { certificate: untrusted })).rejects.toThrow(
      /verify|certificate/,
    );
    expect(requests).toBe(0);
  });

  test('rejects an address without HTTPS before connecting', async () => {
    let connections = 0;
    const port = await listen(createTcpServer(() => (connections += 1)) as never);
    await expect(createJwksFetcher().fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow('over HTTPS');
    expect(connections).toBe(0);
  });

  test('a failure neither accepts nor rejects the token', async () => {
    const verifyToken = createVerifyToken(
      { ...AUTHORIZER_FILE, jwksUri: 'http://127.0.0.1/' },
      () => NOW * 1000,
      createJwksFetcher(),
    );
    await expect(verifyToken(await signToken())).rejects.toMatchObject({
      name: 'TokenCheckError',
      reason: 'IssuerUnreachable',
    });
  });
});
