import { isJsonObject } from '../../airflow/parse-json.ts';
import { createKeepAliveAgent } from '../../mwaa/connection/keep-alive-agent.ts';
import { withTimeout } from '../../mwaa/connection/with-timeout.ts';
import { cleanErrorName } from '../aws/clean-error-name.ts';
import { resolveEndpoint } from '../aws/service-endpoint.ts';
import { createSigner, readLambdaCredentials } from '../aws/sign-request.ts';
import { type ReceivedResponse, sendRequest } from '../front/queue/send-request.ts';
import type { SecretReference } from './read-properties.ts';
import { type ReadSecret, SecretError } from './read-secrets.ts';

const TIMEOUT_MS = 10_000;
const MAX_ATTEMPTS = 4;

/** What to do about an error of AWS, by its name. */
const REMEDIES: Readonly<Record<string, string>> = {
  AccessDeniedException:
    'Add its ARN to secrets of this deployment in the configuration of the proxy, and the key that encrypts it to secretKeys',
  ResourceNotFoundException: 'The secret does not exist, or it has no such version',
  ParameterNotFound: 'The parameter does not exist',
  ParameterVersionNotFound: 'The parameter has no such version',
  DecryptionFailure: 'Add the key that encrypts it to secretKeys of this deployment in the configuration of the proxy',
  InvalidRequestException: 'The secret is about to be deleted, or it has no value yet',
};

export interface ReadSecretOptions {
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(milliseconds: number): Promise<unknown>;
}

/** Reads secrets from Secrets Manager and SSM, in the region of the function or in that of the ARN. */
export function createReadSecret({ now, sleep }: ReadSecretOptions): ReadSecret {
  const connections = createKeepAliveAgent(now, {});
  const call = async (
    service: SecretReference['service'],
    target: string,
    id: string,
    parameters: object,
  ): Promise<Record<string, unknown>> => {
    const region = /^arn:[\w-]+:[a-z]+:([a-z]{2}[a-z0-9-]*-\d+):/.exec(id)?.[1] ?? process.env.AWS_REGION ?? '';
    const { protocol, hostname, host, port, pathname } = resolveEndpoint(service, region, process.env);
    const sign = createSigner(service, region, readLambdaCredentials);
    const body = JSON.stringify(parameters);
    const headers = {
      host,
      'content-type': 'application/x-amz-json-1.1',
      'content-length': String(Buffer.byteLength(body)),
      'x-amz-target': target,
    };
    for (let attempt = 1; ; attempt += 1) {
      const request = { method: 'POST', protocol, hostname, path: pathname, headers, body };
      const signed = await sign(request, new Date(now()));
      const result = await withTimeout(TIMEOUT_MS, undefined, (signal) =>
        sendRequest(connections, { ...signed, ...(port !== '' && { port: Number(port) }) }, signal),
      ).catch((error: Error) => error);
      if (!(result instanceof Error) && result.statusCode === 200) return parseMembers(result);
      const { name, isTransient } = describeError(result);
      if (!isTransient || attempt === MAX_ATTEMPTS) throw new SecretError(`${name}. ${REMEDIES[name] ?? 'Try again'}.`);
      await sleep(500 * 2 ** attempt);
    }
  };
  return async (reference) => {
    if (reference.service === 'ssm') {
      const { Parameter } = await call('ssm', 'AmazonSSM.GetParameter', reference.name, {
        Name: reference.name,
        WithDecryption: true,
      });
      return requireText(isJsonObject(Parameter) ? Parameter.Value : undefined);
    }
    const { SecretString } = await call(
      'secretsmanager',
      'secretsmanager.GetSecretValue',
      reference.id,
      toSecretInput(reference),
    );
    return requireText(SecretString);
  };
}

const toSecretInput = ({ id, versionId, versionStage }: Extract<SecretReference, { service: 'secretsmanager' }>) => ({
  SecretId: id,
  ...(versionId === undefined ? {} : { VersionId: versionId }),
  ...(versionStage === undefined ? {} : { VersionStage: versionStage }),
});

function describeError(result: ReceivedResponse | Error): { name: string; isTransient: boolean } {
  if (result instanceof Error) return { name: 'There is no response', isTransient: true };
  const { __type: type } = parseMembers(result);
  const name = cleanErrorName(type ?? `HTTP ${result.statusCode}`);
  return { name, isTransient: result.statusCode >= 500 || /Throttl|TooManyRequests|RequestLimit/.test(name) };
}

function parseMembers({ body }: ReceivedResponse): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

function requireText(value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new SecretError('It is empty, or it is binary. Only text is supported.');
}
