import type { MwaaEnvironment, VpcEndpoint } from './aws-resources.ts';
import type { SecurityGroupChoice } from './generated-config.ts';

/**
 * Chooses the security group of the web server. MWAA puts the security groups of the environment on the endpoint of a private web
 * server, but customers who manage the endpoints themselves may use others. So the groups of the endpoint take precedence if they are
 * known.
 * Sources: https://docs.aws.amazon.com/mwaa/latest/userguide/vpc-security.html and vpc-endpoint-management.html. The former mentions
 * rules for the web server on the groups of the environment, which implies that the endpoint uses these groups.
 */
export function chooseWebServerGroup(
  { WebserverVpcEndpointService: service, EndpointManagement, NetworkConfiguration: network }: MwaaEnvironment,
  endpoints: readonly VpcEndpoint[] | undefined,
): SecurityGroupChoice {
  const endpoint = endpoints?.find(({ ServiceName }) => ServiceName === service);
  if (endpoint?.Groups.length)
    return chooseEndpointGroup(endpoint, `From the endpoint of the web server, ${endpoint.VpcEndpointId}.`);
  const [securityGroup = '', ...others] = network.SecurityGroupIds;
  const notes =
    EndpointManagement === 'CUSTOMER'
      ? [
          'The first security group of the environment. You manage its endpoints yourself: check that the endpoint of the web server ' +
            `uses this group${service === undefined ? '.' : ` (service ${service}).`}`,
        ]
      : [];
  return { securityGroup, notes: [...notes, ...describeOtherGroups(others)] };
}

/** The service that issues CLI tokens. In China its name starts with `cn.`. */
const AIRFLOW_ENV_SERVICE = /(^|\.)com\.amazonaws\.[a-z0-9-]+\.airflow\.env$/;

/** Chooses the security group of the endpoint for `airflow.env`. Prefers an endpoint with private DNS. */
export function chooseAirflowEndpointGroup(endpoints: readonly VpcEndpoint[] | undefined): SecurityGroupChoice {
  const candidates =
    endpoints?.filter(({ ServiceName, Groups }) => AIRFLOW_ENV_SERVICE.test(ServiceName) && Groups.length > 0) ?? [];
  const endpoint = candidates.find(({ PrivateDnsEnabled }) => PrivateDnsEnabled) ?? candidates[0];
  if (endpoint) {
    const { VpcEndpointId, PrivateDnsEnabled } = endpoint;
    const dnsNote =
      PrivateDnsEnabled === false
        ? ' Its private DNS is off: turn it on, otherwise the proxy does not use the endpoint.'
        : '';
    return chooseEndpointGroup(endpoint, `From the endpoint for airflow.env, ${VpcEndpointId}.${dnsNote}`);
  }
  const finding = endpoints
    ? 'The VPC has no endpoint for airflow.env, which issues the CLI tokens.'
    : 'It is unknown whether the VPC has an endpoint for airflow.env, which issues the CLI tokens.';
  return {
    notes: [
      `${finding} Without one no command can run. Set the security group of an endpoint, or have an endpoint created that ` +
        'accepts connections from the VPC:',
    ],
  };
}

function chooseEndpointGroup({ Groups }: VpcEndpoint, note: string): SecurityGroupChoice {
  const [securityGroup = '', ...others] = Groups.map(({ GroupId }) => GroupId);
  return { securityGroup, notes: [note, ...describeOtherGroups(others)] };
}

/** A rule in one group is enough, because security groups contain only rules that allow. */
const describeOtherGroups = (others: readonly string[]): string[] =>
  others.length === 0 ? [] : [`The first of several groups, any of which works. The others: ${others.join(', ')}.`];
