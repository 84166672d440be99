import { expect, test } from 'vitest';
import { RELAY_REMEDIES } from '../../../lambda/relay/relay-remedies.ts';
import { requireTrustedHost } from '../../../mwaa/token/require-trusted-host.ts';

const requestTokenFor = (hostname: string, domains: string[] = []) =>
  requireTrustedHost(async () => ({ token: 'secret', hostname }), domains, RELAY_REMEDIES)(AbortSignal.timeout(1000));

test.each([
  ['0a1b-vpce.c12.eu-west-1.airflow.amazonaws.com', []],
  ['0a1b-vpce.c12.cn-north-1.airflow.amazonaws.com.cn', []],
  ['0a1b.c12.airflow.eu-west-1.on.aws', []],
  ['AIRFLOW.example.com', ['airflow.example.com']],
  ['prod.airflow.example.com', ['airflow.example.com']],
])('accepts the host %s', async (hostname, domains) => {
  await expect(requestTokenFor(hostname, domains)).resolves.toEqual({ token: 'secret', hostname });
});

test.each([
  ['airflow.amazonaws.com.evil.example', []],
  ['evilairflow.amazonaws.com', []],
  ['example.com', ['airflow.example.com']],
  ['notairflow.example.com', ['airflow.example.com']],
  ['localhost', []],
  ['169.254.169.254', []],
  ['x.airflow.amazonaws.com/path', []],
  ['x.airflow.amazonaws.com:8443', []],
  ['user@x.airflow.amazonaws.com', []],
  ['', []],
])('rejects the host %j, without the token in the message', async (hostname, domains) => {
  const rejected = requestTokenFor(hostname, domains);

  await expect(rejected).rejects.toMatchObject({ code: 'host-refused' });
  await expect(rejected).rejects.not.toThrow('secret');
});
