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

describe('the keys of an issuer', () => {
  let keys: unknown;
  let now: number;
  let issuer: ReturnType<typeof createFakeIssuer>;
  let check: VerifyToken;
  beforeEach(async () => {
    keys = { keys: [await exportPublicJwk('one')] };
    now = NOW * 1000;
    issuer = createFakeIssuer(() => JSON.stringify(keys));
    check = createVerifyToken(AUTHORIZER_FILE, () => now, issuer);
  });
  const long = () => signToken({ exp: NOW + 9999 });

  test('are fetched once for many tokens', async () => {
    for (let n = 0; n < 5; n++) await check(await signToken());
    expect(issuer.fetched).toBe(1);
  });

  test('are fetched once for many tokens at the same time', async () => {
    await Promise.all(Array.from({ length: 5 }, async () => check(await signToken())));
    expect(issuer.fetched).toBe(1);
  });

  test('are fetched again for a key that has come since', async () => {
    await check(await signToken());
    keys = { keys: [await exportPublicJwk('one'), await exportPublicJwk('two')] };

    await expect(check(await signToken({}, { kid: 'two' }, 'two'))).resolves.toMatchObject({ sub: 'repo:acme/etl' });
    await check(await signToken());
    expect(issuer.fetched).toBe(2);
  });

  test('one that is taken out is trusted for a bounded time', async () => {
    await check(await long());
    keys = { keys: [await exportPublicJwk('two')] };
    now += JWKS_MAX_AGE_MS - 1;
    await expect(check(await long())).resolves.toBeDefined();
    now += 1;
    await expect(check(await long())).rejects.toThrow('UnknownKey');
  });

  test('one that was replaced under its name is trusted for as long', async () => {
    await check(await long());
    keys = { keys: [{ ...(await exportPublicJwk('two')), kid: 'one' }] };
    now += JWKS_MAX_AGE_MS;
    await expect(check(await long())).rejects.toThrow('Signature');
    await expect(check(await signToken({ exp: NOW + 9999 }, {}, 'two'))).resolves.toBeDefined();
  });

  test('are not older than that where the clock was set back', async () => {
    await check(await long());
    now -= 3_600_000;
    await check(await long());
    expect(issuer.fetched).toBe(2);
  });

  test('are not fetched without end for keys that nobody has; whose key is known is let in all the while', async () => {
    const reasons = [];
    for (let n = 0; n < 5; n++) {
      reasons.push(
        await check(await signToken({}, { kid: `k${n}` })).catch(({ name, message, reason = message }) => [
          name,
          reason,
        ]),
      );
    }
    expect(reasons[0]).toEqual(['InvalidTokenError', 'UnknownKey']);
    for (const reason of reasons.slice(1)) expect(reason).toEqual(['TokenCheckError', 'KeysJustFetched']);
    await expect(check(await signToken())).resolves.toBeDefined();
    expect(issuer.fetched).toBe(1);
  });

  test('that are there again after a failure are used at once', async () => {
    const working = keys;
    keys = 'down';
    await expect(check(await signToken())).rejects.toThrow('no keys');
    keys = working;
    await expect(check(await signToken())).resolves.toBeDefined();
  });

  /** What leaves it open whether a token is good: never a yes, and never a no of the token. */
  test.each<[what: string, text: () => unknown]>([
    ['no JSON', () => undefined],
    ['no set', () => ({ error: 'x' })],
    ['null', () => null],
    ['a page of HTML', () => '<html>'],
    ['keys that are none', () => ({ keys: [{ nothing: true }] })],
    ['a key without a point of its curve', () => ({ keys: [{ kty: 'EC', crv: 'P-256', kid: 'one', x: 'AA' }] })],
    ['a key off its curve', () => ({ keys: [{ kty: 'EC', crv: 'P-256', kid: 'one', x: 'AA', y: 'AA' }] })],
    ['a key of letters that mean nothing', () => ({ keys: [{ kty: 'RSA', kid: 'one', n: '!!', e: 'AQAB' }] })],
    ['a key without an exponent', () => ({ keys: [{ kty: 'RSA', kid: 'one', n: 'AQAB' }] })],
    ['a key of an unknown curve', () => ({ keys: [{ kty: 'OKP', crv: 'X', kid: 'one', x: 'AA' }] })],
  ])('that are %s are rubbish', async (_what, text) => {
    keys = text();
    await expect(check(await signToken())).rejects.toMatchObject({ name: 'TokenCheckError', reason: 'IssuerAnswer' });
  });

  test.each<[what: string, change: object]>([
    ['for encryption', { use: 'enc' }],
    ['a shared secret', { kty: 'oct', k: 'AAAA', use: 'sig' }],
  ])('one that is %s signs nothing', async (_what, change) => {
    keys = { keys: [{ ...(await exportPublicJwk('one')), ...change }] };
    await expect(check(await signToken())).rejects.toMatchObject({ name: 'InvalidTokenError', message: 'NoKey' });
  });

  test('one that is of another algorithm signs nothing', async () => {
    keys = { keys: [{ ...(await exportPublicJwk('one')), alg: 'ES384' }] };
    await expect(check(await signToken())).rejects.toMatchObject({ name: 'InvalidTokenError', message: 'Algorithm' });
  });

  test('of kinds to come beside the right one do no harm', async () => {
    keys = { keys: [{ kty: 'AKP', alg: 'ML-DSA-44', kid: 'new', pub: 'AA' }, await exportPublicJwk('one')] };
    await expect(check(await signToken())).resolves.toBeDefined();
  });
});

describe('fetching', () => {
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
  const listening = async <Some extends Pick<Server, 'listen' | 'address' | 'close'>>(server: Some) => {
    requests = 0;
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };
  const fetched = async (answer: RequestListener, { with: own = credential, ms = 5_000 } = {}) => {
    const port = await listening(
      createServer(own, (request, response) => {
        requests += 1;
        answer(request, response);
      }),
    );
    const bytes = await createJwksFetcher({ ca, port, hostname: '127.0.0.1', servername: 'id.example.com' }, ms).fetch(
      AUTHORIZER_FILE.jwksUri,
    );
    return new TextDecoder().decode(bytes);
  };

  test('brings what is there', async () => {
    expect(await fetched((_request, response) => response.end(TEXT))).toBe(TEXT);
  });

  test('brings as much as is allowed, and not a byte more', async () => {
    const text = 'x'.repeat(MAX_JWKS_BYTES);
    expect(await fetched((_request, response) => response.end(text))).toBe(text);
    await expect(fetched((_request, response) => response.end(`${text}x`))).rejects.toThrow('longer than');
    expect(requests).toBe(1);
  });

  test('ends an answer that never ends', async () => {
    const endless: RequestListener = (_request, response) => {
      const more = () => response.write('x'.repeat(65_536)) && setImmediate(more);
      response.on('drain', more).on('error', () => {});
      more();
    };
    await expect(fetched(endless)).rejects.toThrow('longer than');
  });

  test.each([404, 500, 204])('an answer of %i are no keys, and is not asked for again', async (status) => {
    const answer: RequestListener = (_request, response) => response.writeHead(status).end();
    await expect(fetched(answer)).rejects.toThrow(`answered ${status}`);
    expect(requests).toBe(1);
  });

  test('keeps no connection open to an issuer that goes on after a wrong status', async () => {
    let closed: Promise<unknown> | undefined;
    const going: RequestListener = (_request, response) => {
      closed = once(response, 'close');
      response.writeHead(500).write('x');
    };
    // The time of the attempt would end it too: it is longer than the test's.
    await expect(fetched(going, { ms: 600_000 })).rejects.toThrow('answered 500');
    await closed;
  });

  test('follows no redirect', async () => {
    const away: RequestListener = ({ url }, response) =>
      url === '/jwks.json' ? response.writeHead(302, { location: '/other' }).end() : response.end(TEXT);
    await expect(fetched(away)).rejects.toThrow('answered 302');
    expect(requests).toBe(1);
  });

  test('tries once more where the connection is cut', async () => {
    expect(await fetched(({ socket }, response) => void (requests === 1 ? socket.destroy() : response.end(TEXT)))).toBe(
      TEXT,
    );
    await expect(fetched(({ socket }) => void socket.destroy())).rejects.toThrow();
    expect(requests).toBe(2);
  });

  test.each<[what: string, answer: RequestListener]>([
    ['is silent', () => {}],
    ['falls silent', (_request, response) => void response.writeHead(200).write('{')],
  ])('does not wait for an issuer that %s', async (_what, answer) => {
    await expect(fetched(answer, { ms: 150 })).rejects.toThrow(/abort|time/i);
    expect(requests).toBe(2);
  });

  test('trusts no certificate of anybody else', async () => {
    await expect(fetched((_request, response) => response.end(TEXT), { with: untrusted })).rejects.toThrow(
      /verify|certificate/,
    );
    expect(requests).toBe(0);
  });

  test('goes by HTTPS alone', async () => {
    let connected = 0;
    const port = await listening(createTcpServer(() => (connected += 1)) as never);
    await expect(createJwksFetcher().fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow('HTTPS only');
    expect(connected).toBe(0);
  });

  test('that fails leaves it open whether a token is good', async () => {
    const check = createVerifyToken(
      { ...AUTHORIZER_FILE, jwksUri: 'http://127.0.0.1/' },
      () => NOW * 1000,
      createJwksFetcher(),
    );
    await expect(check(await signToken())).rejects.toMatchObject({
      name: 'TokenCheckError',
      reason: 'IssuerUnreachable',
    });
  });
});
