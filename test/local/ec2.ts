import { createServer } from 'node:https';
import type { Principal } from '../../local/iam/principals.ts';
import type { Verification } from '../../local/iam/sigv4.ts';
import type { Credential } from '../../local/mwaa/ca.ts';
import { readBody, send } from '../../local/mwaa/http.ts';
import type { SignedRequest } from '../../local/mwaa/token-api.ts';

export const ec2Hostname = (region: string): string => `ec2.${region}.amazonaws.com`;

/** As in EC2's XML: names begin in lower case, lists are called sets. */
export interface PlayedSubnet {
  readonly subnetId: string;
  readonly vpcId: string;
  readonly availabilityZone: string;
  readonly ownerId: string;
}

export interface PlayedEndpoint {
  readonly vpcEndpointId: string;
  readonly vpcId: string;
  readonly serviceName: string;
  readonly privateDnsEnabled: boolean;
  readonly groups: readonly string[];
}

export interface Ec2ToPlay {
  readonly credential: Credential;
  readonly subnets: readonly PlayedSubnet[];
  readonly endpoints: readonly PlayedEndpoint[];
  /** Checks Signature Version 4 for the signing name `ec2`. */
  verify(request: SignedRequest): Promise<Verification>;
  isAllowed(principal: Principal, action: string): Promise<boolean>;
}

export interface Ec2 {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Two operations of EC2 in its Query protocol: parameters in a form, answers and errors in XML. `DescribeSubnets` answers in pages
 * of one. Source: EC2's API reference, DescribeSubnets, DescribeVpcEndpoints and "Error codes".
 */
export async function startEc2(ec2: Ec2ToPlay): Promise<Ec2> {
  const server = createServer(ec2.credential, async (request, response) => {
    const body = await readBody(request);
    const { method = '', url = '', headers } = request;
    const caller = await ec2.verify({ method, rawPath: url, rawQuery: '', headers, body });
    const asked = new URLSearchParams(body.toString());
    const action = asked.get('Action') ?? '';
    const answer = (status: number, xml: string) => send(response, { status, contentType: 'text/xml', body: xml });
    if (!caller.ok) return answer(401, errorXml('AuthFailure', caller.message));
    if (!(await ec2.isAllowed(caller.principal, `ec2:${action}`))) {
      const message = `You are not authorized to perform this operation. User: ${caller.principal.arn} is not authorized to perform: ec2:${action}`;
      return answer(403, errorXml('UnauthorizedOperation', message));
    }
    return answer(200, `<${action}Response>${OPERATIONS[action]?.(ec2, asked)}</${action}Response>`);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    port: (server.address() as { port: number }).port,
    close: () => new Promise((closed) => server.close(() => closed()).closeAllConnections()),
  };
}

const OPERATIONS: Readonly<Record<string, (ec2: Ec2ToPlay, asked: URLSearchParams) => string>> = {
  DescribeSubnets({ subnets }, asked) {
    const wanted = subnets.filter(({ subnetId }) => filtered(asked, 'subnet-id').includes(subnetId));
    const at = Number(asked.get('NextToken') ?? 0);
    const next = at + 1 < wanted.length ? element('nextToken', `${at + 1}`) : '';
    return `${element(
      'subnetSet',
      wanted
        .slice(at, at + 1)
        .map(item)
        .join(''),
    )}${next}`;
  },
  DescribeVpcEndpoints({ endpoints }, asked) {
    const wanted = endpoints.filter(({ vpcId }) => filtered(asked, 'vpc-id').includes(vpcId));
    const items = wanted.map(({ groups, ...members }) => ({
      ...members,
      state: 'available',
      groupSet: groups.map((groupId) => item({ groupId })).join(''),
    }));
    return element('vpcEndpointSet', items.map(item).join(''));
  },
};

/** The values of a filter: `Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-0a`. */
function filtered(asked: URLSearchParams, name: string): string[] {
  const [, number] = [...asked].flatMap(([key, value]) =>
    value === name ? (/^Filter\.(\d+)\.Name$/.exec(key) ?? []) : [],
  );
  return [...asked].flatMap(([key, value]) => (key.startsWith(`Filter.${number}.Value.`) ? [value] : []));
}

const element = (name: string, content: string): string => `<${name}>${content}</${name}>`;

const item = (members: object): string =>
  element(
    'item',
    Object.entries(members)
      .map(([name, value]) => element(name, String(value)))
      .join(''),
  );

const errorXml = (code: string, message: string): string =>
  `<Response><Errors><Error>${element('Code', code)}${element('Message', message)}</Error></Errors><RequestID>0a1b</RequestID></Response>`;
