import type { ConfigCheck, ConfigIssue } from './config-types.ts';

/** Checks that the settings of `api` fit its `endpoint`. */
export const checkApiEndpoint: ConfigCheck = ({ api }) => {
  if (api === undefined) return [];
  return api.endpoint === 'private' ? checkPrivateApi(api) : checkRegionalApi(api);
};

type ApiDraft = NonNullable<Parameters<ConfigCheck>[0]['api']>;

function checkPrivateApi({ vpcEndpoint, domain }: ApiDraft): ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  if (vpcEndpoint === undefined) {
    issues.push({
      path: ['api', 'endpoint'],
      message:
        'a private API requires an execute-api endpoint. Add vpcEndpoint: { ids: [vpce-…] }, or vpcEndpoint.create',
    });
  }
  if (domain !== undefined) {
    issues.push({
      path: ['api', 'domain'],
      message: 'custom domains are not supported for a private API. Remove domain, or set endpoint: regional',
    });
  }
  return issues;
}

function checkRegionalApi({ vpcEndpoint, callers }: ApiDraft): ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  if (vpcEndpoint !== undefined) {
    issues.push({
      path: ['api', 'vpcEndpoint'],
      message: 'only a private API has a VPC endpoint. Remove vpcEndpoint, or set endpoint: private',
    });
  }
  if (callers.vpcEndpoints !== undefined) {
    issues.push({
      path: ['api', 'callers', 'vpcEndpoints'],
      message:
        'would deny every request, because requests to a Regional API do not come through a VPC endpoint. ' +
        'Remove vpcEndpoints, or set endpoint: private',
    });
  }
  return issues;
}
