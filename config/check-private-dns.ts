import type { ConfigCheck, ConfigIssue } from './config-types.ts';

/** Warns about endpoints whose private DNS changes a name for everything in their VPC. */
export const checkPrivateDns: ConfigCheck = ({ api, region = 'REGION', environments }) => {
  const issues: ConfigIssue[] = [];
  if (api?.vpcEndpoint?.create?.privateDns) {
    const message =
      `makes every name that ends in .execute-api.${region}.amazonaws.com resolve to this endpoint in the whole VPC. From then on, ` +
      'calls from the VPC to public APIs of API Gateway, also to those of other teams and companies, are answered with 403 Forbidden. ' +
      'Without privateDns, call the API at the stack output UrlThroughEndpoint, ' +
      `https://API-VPCE.execute-api.${region}.amazonaws.com/${api.stageName}. Public APIs with a custom domain name work either way`;
    issues.push({ path: ['api', 'vpcEndpoint', 'create', 'privateDns'], message, warning: true });
  }
  const vpcs = new Set<string>();
  for (const [name, environment] of Object.entries(environments)) {
    const { vpc, account, region: ownRegion = region } = environment;
    const vpcKey = JSON.stringify([vpc.id, account, ownRegion]);
    if (vpc.airflowEndpoint?.create === undefined || vpcs.has(vpcKey)) continue;
    vpcs.add(vpcKey);
    const message =
      `makes env.airflow.${ownRegion}.amazonaws.com resolve to this endpoint in the whole VPC. Everything in the VPC that gets tokens ` +
      'for MWAA uses the endpoint from then on: cidrs must contain the addresses of the whole VPC. The endpoint gives tokens for ' +
      'environments of this account and region only. If the VPC has such an endpoint already, set securityGroup to its security group';
    issues.push({ path: ['environments', name, 'vpc', 'airflowEndpoint', 'create'], message, warning: true });
  }
  return issues;
};
