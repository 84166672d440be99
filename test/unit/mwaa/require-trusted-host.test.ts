import { expect, test } from 'vitest';
import { RELAY_REMEDIES } from '../../../lambda/relay/relay-remedies.ts';
import { requireTrustedHost } from '../../../mwaa/token/require-trusted-host.ts';

const requestTokenFor = (hostname: string, domains: string[] = []) =>
  requireTrustedHost(async () => ({ token: 'secret', hostname }), domains, RELAY_REMEDIES)(AbortSignal.timeout(1000));

test.each([
  ['0a1b-vpce.c12.eu-west-1.airflow.amazonaws.com', []],
  ['0a1b-vpce.c12.cn-north-1.airflow.amazonaws.com.cn', []],
  ['0a1b.c12.airflow.eu-west-1.on.aws', []],
  ['0A1B-VPCE.c12.us-gov-west-1.airflow.amazonaws.com', []],
  ['0a1b.eu-central-2.airflow.amazonaws.com', []],
  ['0a1b-vpce.c12.airflow.mx-central-1.on.aws', []],
  ['0a1b.c12.airflow.cn-northwest-1.on.amazonwebservices.com.cn', []],
  ['AIRFLOW.example.com', ['airflow.example.com']],
  ['prod.airflow.example.com', ['airflow.example.com']],
])('accepts the host %s', async (hostname, domains) => {
  await expect(requestTokenFor(hostname, domains)).resolves.toEqual({ token: 'secret', hostname });
});

test.each([
  ['airflow.amazonaws.com.evil.example', []],
  ['abcdefgh.lambda-url.eu-west-1.on.aws', []],
  ['airflow.lambda-url.eu-west-1.on.aws', []],
  ['a.c1.airflow.lambda-url.eu-west-1.on.aws', []],
  ['a.transfer-webapp.eu-west-1.on.aws', []],
  ['eu-west-1.on.aws', []],
  ['airflow.eu-west-1.on.aws', []],
  ['a.b.c.airflow.eu-west-1.on.aws', []],
  ['a.c1.airflow.on.aws', []],
  ['a.c1.eu-west-1.airflow.on.aws', []],
  ['on.aws', []],
  ['abc.execute-api.eu-west-1.amazonaws.com', []],
  ['airflow.s3.eu-west-1.amazonaws.com', []],
  ['eu-west-1.airflow.amazonaws.com.s3.eu-west-1.amazonaws.com', []],
  ['airflow.s3.amazonaws.com', []],
  ['a.c1.eu-west-1.elb.amazonaws.com', []],
  ['ec2-1-2-3-4.eu-west-1.compute.amazonaws.com', []],
  ['ec2-1-2-3-4.airflow.amazonaws.com', []],
  ['env.airflow.eu-west-1.amazonaws.com', []],
  ['airflow.amazonaws.com', []],
  ['a.c1.eu-west-1.airflow.amazonaws.com.cn', []],
  ['a.c1.cn-north-1.airflow.amazonaws.com', []],
  ['a.c1.airflow.cn-north-1.on.aws', []],
  ['a.c1.airflow.eu-west-1.on.amazonwebservices.com.cn', []],
  ['a.c1.us-iso-east-1.airflow.c2s.ic.gov', []],
  ['-a.c1.eu-west-1.airflow.amazonaws.com', []],
  ['a.c1.eu-west-1.airflow.amazonaws.com.', []],
  ['a.c1.notaregion.airflow.amazonaws.com', []],
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
