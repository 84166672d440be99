import { createServer } from 'node:https';
import type { Principal } from '../../local/iam/principal-store.ts';
import type { SignatureVerification, SignedRequest } from '../../local/iam/verify-signature.ts';
import type { ServerCertificate } from '../../local/mwaa/certificate-authority.ts';
import { sendResponse } from '../../local/mwaa/http-messages.ts';
import { readBody } from '../../local/read-body.ts';

export const formatEc2Hostname = (region: string): string => `ec2.${region}.amazonaws.com`;

/** As in EC2's XML: names begin in lower case, lists are called sets. */
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
 * Two operations of EC2 in its Query protocol: parameters in a form, answers and errors in XML. `DescribeSubnets` answers in pages
 * of one. Source: EC2's API reference, DescribeSubnets, DescribeVpcEndpoints and "Error codes".
 */
export async function startEc2(ec2: Ec2Options): Promise<Ec2StandIn> {
  const server = createServer(ec2.certificate, async (request, response) => {
    const body = await readBody(request);
    const { method = '', url = '', headers } = request;
    const caller = await ec2.verifySignature({ method, rawPath: url, rawQuery: '', headers, body });
    const asked = new URLSearchParams(body.toString());
    const action = asked.get('Action') ?? '';
    const answer = (status: number, xml: string) =>
      sendResponse(response, { status, contentType: 'text/xml', body: xml });
    if (!caller.ok) return answer(401, formatXmlError('AuthFailure', caller.message));
    if (!(await ec2.isAllowed(caller.principal, `ec2:${action}`))) {
      const message = `You are not authorized to perform this operation. User: ${caller.principal.arn} is not authorized to perform: ec2:${action}`;
      return answer(403, formatXmlError('UnauthorizedOperation', message));
    }
    return answer(200, `<${action}Response>${OPERATIONS[action]?.(ec2, asked)}</${action}Response>`);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    port: (server.address() as { port: number }).port,
    close: () => new Promise((closed) => server.close(() => closed()).closeAllConnections()),
  };
}

const OPERATIONS: Readonly<Record<string, (ec2: Ec2Options, asked: URLSearchParams) => string>> = {
  DescribeSubnets({ subnets }, asked) {
    const wanted = subnets.filter(({ subnetId }) => getFilterValues(asked, 'subnet-id').includes(subnetId));
    const at = Number(asked.get('NextToken') ?? 0);
    const next = at + 1 < wanted.length ? formatXmlElement('nextToken', `${at + 1}`) : '';
    return `${formatXmlElement(
      'subnetSet',
      wanted
        .slice(at, at + 1)
        .map(formatXmlItem)
        .join(''),
    )}${next}`;
  },
  DescribeVpcEndpoints({ endpoints }, asked) {
    const wanted = endpoints.filter(({ vpcId }) => getFilterValues(asked, 'vpc-id').includes(vpcId));
    const items = wanted.map(({ groups, ...members }) => ({
      ...members,
      state: 'available',
      groupSet: groups.map((groupId) => formatXmlItem({ groupId })).join(''),
    }));
    return formatXmlElement('vpcEndpointSet', items.map(formatXmlItem).join(''));
  },
};

/** The values of a filter: `Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-0a`. */
function getFilterValues(asked: URLSearchParams, name: string): string[] {
  const [, number] = [...asked].flatMap(([key, value]) =>
    value === name ? (/^Filter\.(\d+)\.Name$/.exec(key) ?? []) : [],
  );
  return [...asked].flatMap(([key, value]) => (key.startsWith(`Filter.${number}.Value.`) ? [value] : []));
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
