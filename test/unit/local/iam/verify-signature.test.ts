import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createPrincipalStore, type Principal } from '../../../../local/iam/principal-store.ts';
import { type SignedRequest, verifySignature } from '../../../../local/iam/verify-signature.ts';
import { type SigningOptions, signRequest } from '../gateway/signed-request.ts';

const NOW = Date.UTC(2026, 10, 22, 12, 0, 0);
const URL_SIGNED = 'http://127.0.0.1:8080/v1/environments/prod%20one/cli?b=2&a=1&a=%2B%20';
const BODY = '{"command":"dags list"}';
const BODY_HASH = createHash('sha256').update(BODY).digest('hex');

const principals = createPrincipalStore();
const role = principals.issueCredentials('arn:aws:sts::111122223333:assumed-role/data-engineer/alice', []);
const user = principals.issueCredentials('arn:aws:iam::111122223333:user/team/bob', []);
const stale = principals.issueCredentials('arn:aws:sts::111122223333:assumed-role/data-engineer/old', [], {
  expiresAt: NOW - 1,
});

/** Verifies a request that AWS's library signed, after `change` has modified it. */
async function verifyChangedRequest(
  signing: SigningOptions & { signer?: Principal } = {},
  change: (request: SignedRequest) => Partial<SignedRequest> = () => ({}),
) {
  const headers = await signRequest(signing.signer ?? role, URL_SIGNED, {
    body: BODY,
    headers: { 'Content-Type': 'application/json', 'X-Spaces': '  a   b ' },
    at: new Date(NOW),
    ...signing,
  });
  const { pathname, search } = new URL(URL_SIGNED);
  const request: SignedRequest = {
    method: 'POST',
    rawPath: pathname,
    rawQuery: search.slice(1),
    headers: { ...headers, Expect: '100-continue', 'Content-Length': String(BODY.length), 'X-Amzn-Trace-Id': 'Root=1' },
    body: Buffer.from(BODY),
  };
  const received = { ...request, ...change(request) };
  return verifySignature(received, { service: 'execute-api', region: 'ap-southeast-2', principals, now: () => NOW });
}

const changeHeaders =
  (change: Record<string, string | undefined>) =>
  ({ headers }: SignedRequest): Partial<SignedRequest> => ({ headers: { ...headers, ...change } });

/** Edits the Authorization header. */
const editAuthorization =
  (from: string | RegExp, to: string) =>
  ({ headers }: SignedRequest): Partial<SignedRequest> => ({
    headers: { ...headers, authorization: String(headers.authorization).replace(from, to) },
  });

describe('verifySignature accepts', () => {
  it.each<[string, SigningOptions & { signer?: Principal }]>([
    ['temporary credentials', { signer: role }],
    ['long-term credentials', { signer: user }],
    ['a clock 4:59 behind', { at: new Date(NOW - 299_000) }],
    ['a clock 4:59 ahead', { at: new Date(NOW + 299_000) }],
    ['a signed body hash', { headers: { 'x-amz-content-sha256': BODY_HASH } }],
  ])('%s', async (_what, signing) => {
    expect(await verifyChangedRequest(signing)).toMatchObject({
      ok: true,
      principal: { arn: (signing.signer ?? role).arn },
    });
  });

  it('a repeated header, signed as its joined values', async () => {
    const verification = await verifyChangedRequest({ headers: { 'x-many': 'a,b' } }, ({ headers }) => ({
      headers: { ...headers, 'x-many': ['a', 'b'] },
    }));

    expect(verification.ok).toBe(true);
  });
});

describe('verifySignature rejects', () => {
  const INVALID = 'InvalidSignatureException';
  const INCOMPLETE = 'IncompleteSignatureException';
  const UNKNOWN = 'UnrecognizedClientException';

  it.each<[string, string, Parameters<typeof verifyChangedRequest>[0], Parameters<typeof verifyChangedRequest>[1]]>([
    ['no Authorization header', 'MissingAuthenticationTokenException', {}, changeHeaders({ authorization: undefined })],
    ['an empty Authorization header', 'MissingAuthenticationTokenException', {}, changeHeaders({ authorization: ' ' })],
    ['a bearer token', INCOMPLETE, {}, changeHeaders({ authorization: 'Bearer abc' })],
    ['an Authorization header without a signature', INCOMPLETE, {}, editAuthorization(/, Signature=.*/, '')],
    ['an Authorization field without a value', INCOMPLETE, {}, editAuthorization(/Credential=/, 'Credential ')],
    ['a credential without its terminator', INCOMPLETE, {}, editAuthorization('/aws4_request', '')],
    ['a credential with another terminator', INCOMPLETE, {}, editAuthorization('aws4_request', 'aws5_request')],
    ['two signatures', INCOMPLETE, {}, editAuthorization(/$/, ', Signature=00')],
    ['no date', INCOMPLETE, {}, changeHeaders({ 'x-amz-date': undefined })],
    ['a malformed date', INCOMPLETE, {}, changeHeaders({ 'x-amz-date': 'yesterday' })],
    ['an unknown access key', UNKNOWN, { signer: { ...role, accessKeyId: 'ASIAAAAAAAAAAAAAAAAA' } }, undefined],
    ['no session token', UNKNOWN, { signer: { ...role, sessionToken: '' } }, undefined],
    ['another session token', UNKNOWN, { signer: { ...role, sessionToken: 'another' } }, undefined],
    ['a session token with a long-term key', UNKNOWN, { signer: { ...user, sessionToken: 'any' } }, undefined],
    ['an expired session token', 'ExpiredTokenException', { signer: stale }, undefined],
    ['another secret key', INVALID, { signer: { ...role, secretAccessKey: 'another' } }, undefined],
    ['another service', INVALID, { service: 'airflow' }, undefined],
    ['another region', INVALID, { region: 'eu-west-1' }, undefined],
    ['another day in the credential scope', INVALID, {}, editAuthorization('/20261122/', '/20261121/')],
    ['a clock 5:01 behind', INVALID, { at: new Date(NOW - 301_000) }, undefined],
    ['a clock 5:01 ahead', INVALID, { at: new Date(NOW + 301_000) }, undefined],
    ['another date than signed', INVALID, {}, changeHeaders({ 'x-amz-date': '20261122T120001Z' })],
    ['another body', INVALID, {}, () => ({ body: Buffer.from('{"command":"dags delete"}') })],
    ['no body', INVALID, {}, () => ({ body: Buffer.alloc(0) })],
    [
      'a signed body hash that does not match the body',
      INVALID,
      { headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } },
      undefined,
    ],
    ['another path', INVALID, {}, () => ({ rawPath: '/v1/environments/test/cli' })],
    ['a decoded path', INVALID, {}, () => ({ rawPath: '/v1/environments/prod one/cli' })],
    ['another query', INVALID, {}, () => ({ rawQuery: 'b=2&a=1' })],
    ['another method', INVALID, {}, () => ({ method: 'PUT' })],
    ['another host', INVALID, {}, changeHeaders({ host: 'example.com' })],
    ['another value of a signed header', INVALID, {}, changeHeaders({ 'Content-Type': 'text/plain' })],
    ['a missing signed header', INVALID, {}, changeHeaders({ 'Content-Type': undefined })],
    ['an unsigned x-amz header', INVALID, {}, changeHeaders({ 'x-amz-target': 'x' })],
    ['an unsigned host', INVALID, {}, editAuthorization(';host;', ';')],
    ['an unsigned session token', INVALID, {}, editAuthorization(';x-amz-security-token', '')],
    ['a signature with one other character', INVALID, {}, editAuthorization(/.$/, 'g')],
    ['a signature of one character', INVALID, {}, editAuthorization(/Signature=.*/, 'Signature=x')],
  ])('%s with %s', async (_what, code, signing, change) => {
    expect(await verifyChangedRequest(signing, change)).toMatchObject({ ok: false, code, status: 403 });
  });

  it('a request without repeating its session token', async () => {
    const verification = await verifyChangedRequest({ signer: { ...role, secretAccessKey: 'another' } });

    expect(JSON.stringify(verification)).not.toContain(role.sessionToken);
  });
});

describe('issueCredentials', () => {
  it.each([
    ['arn:aws:sts::111122223333:assumed-role/r/s', /^ASIA[A-Z2-7]{16}$/, /^AROA[A-Z2-7]{16}:s$/],
    ['arn:aws:sts::111122223333:federated-user/f', /^ASIA/, /^111122223333:f$/],
    ['arn:aws:iam::111122223333:user/path/u', /^AKIA/, /^AIDA/],
    ['arn:aws:iam::111122223333:root', /^AKIA/, /^111122223333$/],
  ])('issues credentials for %s', (arn, accessKeyId, userId) => {
    const principal = createPrincipalStore().issueCredentials(arn, []);

    expect(principal.accessKeyId).toMatch(accessKeyId);
    expect(principal.userId).toMatch(userId);
    expect(principal.sessionToken !== undefined).toBe(principal.accessKeyId.startsWith('ASIA'));
  });

  it.each(['arn:aws:iam::111122223333:role/r', 'arn:aws:sts::111122223333:assumed-role/r', 'alice'])(
    'throws for %s, which cannot sign requests',
    (arn) => {
      expect(() => createPrincipalStore().issueCredentials(arn, [])).toThrow(/cannot sign requests/);
    },
  );
});
