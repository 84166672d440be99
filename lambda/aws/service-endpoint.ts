/** Domains of the partitions whose regions begin with a prefix. The last row is for all other regions. */
const DOMAINS: readonly (readonly [regionPrefix: string, domain: string, dualStackDomain: string])[] = [
  ['cn-', 'amazonaws.com.cn', 'api.amazonwebservices.com.cn'],
  ['us-isob-', 'sc2s.sgov.gov', 'api.aws.scloud'],
  ['us-isof-', 'csp.hci.ic.gov', 'api.aws.hci.ic.gov'],
  ['us-iso-', 'c2s.ic.gov', 'api.aws.ic.gov'],
  ['eu-isoe-', 'cloud.adc-e.uk', 'api.cloud-aws.adc-e.uk'],
  ['eusc-', 'amazonaws.eu', 'api.amazonwebservices.eu'],
  ['', 'amazonaws.com', 'api.aws'],
];

/**
 * The address of a service's API in a region. Follows the AWS SDK's rules and its environment variables; a test compares both.
 * Sources: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html and `feature-endpoints.html`
 *
 * @throws Error for a combination of variables that the SDK rejects too
 */
export function resolveEndpoint(
  service: 'lambda' | 'sqs' | 'secretsmanager' | 'ssm',
  region: string,
  variables: NodeJS.ProcessEnv,
): URL {
  const isFips = variables.AWS_USE_FIPS_ENDPOINT === 'true';
  const isDualStack = variables.AWS_USE_DUALSTACK_ENDPOINT === 'true';
  const isIgnored = variables.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS === 'true';
  const endpoint = isIgnored
    ? undefined
    : variables[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] || variables.AWS_ENDPOINT_URL;
  if (endpoint) {
    if (isFips || isDualStack) throw new Error('FIPS and dual stack cannot be combined with a configured endpoint');
    return new URL(endpoint);
  }
  const [, domain, dualStackDomain] = DOMAINS.find(([prefix]) => region.startsWith(prefix))!;
  return new URL(`https://${service}${isFips ? '-fips' : ''}.${region}.${isDualStack ? dualStackDomain : domain}`);
}
