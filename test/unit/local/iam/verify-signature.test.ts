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

/** A request signed by AWS's library, with what happened to it on the way. */
async function createSignedRequest(
  signing: SigningOptions & { who?: Principal } = {},
  change: (request: SignedRequest) => Partial<SignedRequest> = () => ({}),
) {
  const headers = await signRequest(signing.who ?? role, URL_SIGNED, {
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

const changedHeaders =
  (change: Record<string, string | undefined>) =>
  ({ headers }: SignedRequest): Partial<SignedRequest> => ({ headers: { ...headers, ...change } });

/** Edits the Authorization header. */
const edited =
  (from: string | RegExp, to: string) =>
  ({ headers }: SignedRequest): Partial<SignedRequest> => ({
    headers: { ...headers, authorization: String(headers.authorization).replace(from, to) },
  });

describe('accepted', () => {
  it.each<[string, SigningOptions & { who?: Principal }]>([
    ['temporary credentials', { who: role }],
    ['long-term credentials', { who: user }],
    ['a clock 4:59 behind', { at: new Date(NOW - 299_000) }],
    ['a clock 4:59 ahead', { at: new Date(NOW + 299_000) }],
    ['a signed body hash', { headers: { 'x-amz-content-sha256': BODY_HASH } }],
  ])('%s', async (_what, signing) => {
    expect(await createSignedRequest(signing)).toMatchObject({
      ok: true,
      principal: { arn: (signing.who ?? role).arn },
    });
  });

  it('a header repeated, as its values joined', async () => {
    const answer = await createSignedRequest({ headers: { 'x-many': 'a,b' } }, ({ headers }) => ({
      headers: { ...headers, 'x-many': ['a', 'b'] },
    }));

    expect(answer.ok).toBe(true);
  });
});

describe('refused', () => {
  const INVALID = 'InvalidSignatureException';
  const INCOMPLETE = 'IncompleteSignatureException';
  const UNKNOWN = 'UnrecognizedClientException';

  it.each<[string, string, Parameters<typeof createSignedRequest>[0], Parameters<typeof createSignedRequest>[1]]>([
    ['no Authorization', 'MissingAuthenticationTokenException', {}, changedHeaders({ authorization: undefined })],
    ['an empty one', 'MissingAuthenticationTokenException', {}, changedHeaders({ authorization: ' ' })],
    ['a bearer token', INCOMPLETE, {}, changedHeaders({ authorization: 'Bearer abc' })],
    ['no signature in it', INCOMPLETE, {}, edited(/, Signature=.*/, '')],
    ['no pairs in it', INCOMPLETE, {}, edited(/Credential=/, 'Credential ')],
    ['a credential cut short', INCOMPLETE, {}, edited('/aws4_request', '')],
    ['another terminator', INCOMPLETE, {}, edited('aws4_request', 'aws5_request')],
    ['the signature twice', INCOMPLETE, {}, edited(/$/, ', Signature=00')],
    ['no date', INCOMPLETE, {}, changedHeaders({ 'x-amz-date': undefined })],
    ['a date that is none', INCOMPLETE, {}, changedHeaders({ 'x-amz-date': 'yesterday' })],
    ['an unknown key', UNKNOWN, { who: { ...role, accessKeyId: 'ASIAAAAAAAAAAAAAAAAA' } }, undefined],
    ['no session token', UNKNOWN, { who: { ...role, sessionToken: '' } }, undefined],
    ['another session token', UNKNOWN, { who: { ...role, sessionToken: 'another' } }, undefined],
    ['a token with a long-term key', UNKNOWN, { who: { ...user, sessionToken: 'any' } }, undefined],
    ['an expired token', 'ExpiredTokenException', { who: stale }, undefined],
    ['another secret', INVALID, { who: { ...role, secretAccessKey: 'another' } }, undefined],
    ['another service', INVALID, { service: 'airflow' }, undefined],
    ['another region', INVALID, { region: 'eu-west-1' }, undefined],
    ['another day in the scope', INVALID, {}, edited('/20261122/', '/20261121/')],
    ['a clock 5:01 behind', INVALID, { at: new Date(NOW - 301_000) }, undefined],
    ['a clock 5:01 ahead', INVALID, { at: new Date(NOW + 301_000) }, undefined],
    ['another date than signed', INVALID, {}, changedHeaders({ 'x-amz-date': '20261122T120001Z' })],
    ['another body', INVALID, {}, () => ({ body: Buffer.from('{"command":"dags delete"}') })],
    ['no body', INVALID, {}, () => ({ body: Buffer.alloc(0) })],
    ['a body beside its signed hash', INVALID, { headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }, undefined],
    ['another path', INVALID, {}, () => ({ rawPath: '/v1/environments/test/cli' })],
    ['the path decoded', INVALID, {}, () => ({ rawPath: '/v1/environments/prod one/cli' })],
    ['another query', INVALID, {}, () => ({ rawQuery: 'b=2&a=1' })],
    ['another method', INVALID, {}, () => ({ method: 'PUT' })],
    ['another host', INVALID, {}, changedHeaders({ host: 'example.com' })],
    ['another signed header', INVALID, {}, changedHeaders({ 'Content-Type': 'text/plain' })],
    ['a signed header gone', INVALID, {}, changedHeaders({ 'Content-Type': undefined })],
    ['an unsigned x-amz header', INVALID, {}, changedHeaders({ 'x-amz-target': 'x' })],
    ['an unsigned host', INVALID, {}, edited(';host;', ';')],
    ['an unsigned token', INVALID, {}, edited(';x-amz-security-token', '')],
    ['one digit of the signature', INVALID, {}, edited(/.$/, 'g')],
    ['an empty-handed signature', INVALID, {}, edited(/Signature=.*/, 'Signature=x')],
  ])('%s: %s', async (_what, code, signing, change) => {
    expect(await createSignedRequest(signing, change)).toMatchObject({ ok: false, code, status: 403 });
  });

  it('without a word of what was sent', async () => {
    const answer = await createSignedRequest({ who: { ...role, secretAccessKey: 'another' } });

    expect(JSON.stringify(answer)).not.toContain(role.sessionToken);
  });
});

describe('credentials', () => {
  it.each([
    ['arn:aws:sts::111122223333:assumed-role/r/s', /^ASIA[A-Z2-7]{16}$/, /^AROA[A-Z2-7]{16}:s$/],
    ['arn:aws:sts::111122223333:federated-user/f', /^ASIA/, /^111122223333:f$/],
    ['arn:aws:iam::111122223333:user/path/u', /^AKIA/, /^AIDA/],
    ['arn:aws:iam::111122223333:root', /^AKIA/, /^111122223333$/],
  ])('of %s', (arn, accessKeyId, userId) => {
    const principal = createPrincipalStore().issueCredentials(arn, []);

    expect(principal.accessKeyId).toMatch(accessKeyId);
    expect(principal.userId).toMatch(userId);
    expect(principal.sessionToken !== undefined).toBe(principal.accessKeyId.startsWith('ASIA'));
  });

  it.each(['arn:aws:iam::111122223333:role/r', 'arn:aws:sts::111122223333:assumed-role/r', 'alice'])(
    'are not given to %s',
    (arn) => {
      expect(() => createPrincipalStore().issueCredentials(arn, [])).toThrow(/does not sign requests/);
    },
  );
});
