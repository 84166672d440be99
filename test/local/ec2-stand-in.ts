import { createServer } from 'node:https';
import type { Principal } from '../../local/iam/principal-store.ts';
import type { SignatureVerification, SignedRequest } from '../../local/iam/verify-signature.ts';
import type { ServerCertificate } from '../../local/mwaa/certificate-authority.ts';
import { sendResponse } from '../../local/mwaa/http-messages.ts';
import { readBody } from '../../local/read-body.ts';

export const formatEc2Hostname = (region: string): string => `ec2.${region}.amazonaws.com`;

/** A subnet with the member names of EC2's XML, which begin with a lower-case letter. */
export interface Ec2Subnet {
  readonly subnetId: string;
  readonly vpcId: string;
  readonly availabilityZone: string;
  readonly ownerId: string;
}

export interface Ec2Endpoint {
  readonly vpcEndpointId: string;
  readonly vpcId: string;
  readonly serviceName: string;
  readonly privateDnsEnabled: boolean;
  readonly groups: readonly string[];
}

export interface Ec2Options {
  readonly certificate: ServerCertificate;
  readonly subnets: readonly Ec2Subnet[];
  readonly endpoints: readonly Ec2Endpoint[];
  /** Checks Signature Version 4 for the signing name `ec2`. */
  verifySignature(request: SignedRequest): Promise<SignatureVerification>;
  isAllowed(principal: Principal, action: string): Promise<boolean>;
}

export interface Ec2StandIn {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Simulates two operations of the EC2 Query API: the request is a form, responses and errors are XML. `DescribeSubnets` returns pages of
 * one subnet. Source: EC2's API reference, DescribeSubnets, DescribeVpcEndpoints and "Error codes".
 */
export async function startEc2(ec2: Ec2Options): Promise<Ec2StandIn> {
  const server = createServer(ec2.certificate, async (request, response) => {
    const body = await readBody(request);
    const { method = '', url = '', headers } = request;
    const caller = await ec2.verifySignature({ method, rawPath: url, rawQuery: '', headers, body });
    const parameters = new URLSearchParams(body.toString());
    const action = parameters.get('Action') ?? '';
    const respond = (status: number, xml: string) =>
      sendResponse(response, { status, contentType: 'text/xml', body: xml });
    if (!caller.ok) return respond(401, formatXmlError('AuthFailure', caller.message));
    if (!(await ec2.isAllowed(caller.principal, `ec2:${action}`))) {
      const message = `You are not authorized to perform this operation. User: ${caller.principal.arn} is not authorized to perform: ec2:${action}`;
      return respond(403, formatXmlError('UnauthorizedOperation', message));
    }
    return respond(200, `<${action}Response>${OPERATIONS[action]?.(ec2, parameters)}</${action}Response>`);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    port: (server.address() as { port: number }).port,
    close: () => new Promise((closed) => server.close(() => closed()).closeAllConnections()),
  };
}

const OPERATIONS: Readonly<Record<string, (ec2: Ec2Options, parameters: URLSearchParams) => string>> = {
  DescribeSubnets({ subnets }, parameters) {
    const matching = subnets.filter(({ subnetId }) => getFilterValues(parameters, 'subnet-id').includes(subnetId));
    const index = Number(parameters.get('NextToken') ?? 0);
    const next = index + 1 < matching.length ? formatXmlElement('nextToken', `${index + 1}`) : '';
    return `${formatXmlElement(
      'subnetSet',
      matching
        .slice(index, index + 1)
        .map(formatXmlItem)
        .join(''),
    )}${next}`;
  },
  DescribeVpcEndpoints({ endpoints }, parameters) {
    const matching = endpoints.filter(({ vpcId }) => getFilterValues(parameters, 'vpc-id').includes(vpcId));
    const items = matching.map(({ groups, ...members }) => ({
      ...members,
      state: 'available',
      groupSet: groups.map((groupId) => formatXmlItem({ groupId })).join(''),
    }));
    return formatXmlElement('vpcEndpointSet', items.map(formatXmlItem).join(''));
  },
};

/** The values of the filter with this name: `Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-0a`. */
function getFilterValues(parameters: URLSearchParams, name: string): string[] {
  const [, number] = [...parameters].flatMap(([key, value]) =>
    value === name ? (/^Filter\.(\d+)\.Name$/.exec(key) ?? []) : [],
  );
  return [...parameters].flatMap(([key, value]) => (key.startsWith(`Filter.${number}.Value.`) ? [value] : []));
}

const formatXmlElement = (name: string, content: string): string => `<${name}>${content}</${name}>`;

const formatXmlItem = (members: object): string =>
  formatXmlElement(
    'item',
    Object.entries(members)
      .map(([name, value]) => formatXmlElement(name, String(value)))
      .join(''),
  );

const formatXmlError = (code: string, message: string): string =>
  `<Response><Errors><Error>${formatXmlElement('Code', code)}${formatXmlElement('Message', message)}</Error></Errors><RequestID>0a1b</RequestID></Response>`;
