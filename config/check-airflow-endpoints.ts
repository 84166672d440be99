import type { ConfigCheck, ConfigIssue, EnvironmentDraft } from './config-types.ts';

/** The environment that creates the `airflow.env` endpoint of a VPC, and with which settings. */
interface EndpointCreator {
  readonly name: string;
  readonly settings: string;
}

/** Checks that the environments in one VPC agree on its `airflow.env` endpoint: a VPC can have one, because of its private DNS name. */
export const checkAirflowEndpoints: ConfigCheck = ({ environments }) => {
  const creators = new Map<string, EndpointCreator>();
  for (const [name, environment] of Object.entries(environments)) {
    const { create } = environment.vpc.airflowEndpoint ?? {};
    const vpcKey = getVpcKey(environment);
    if (create !== undefined && !creators.has(vpcKey)) creators.set(vpcKey, { name, settings: JSON.stringify(create) });
  }
  return Object.entries(environments).flatMap(([name, environment]) => {
    const creator = creators.get(getVpcKey(environment));
    return creator === undefined || creator.name === name ? [] : checkAgainstCreator(name, environment, creator);
  });
};

function checkAgainstCreator(name: string, { vpc }: EnvironmentDraft, creator: EndpointCreator): ConfigIssue[] {
  if (vpc.airflowEndpoint === undefined) return [];
  const path = ['environments', name, 'vpc', 'airflowEndpoint'];
  const remedy = `A VPC can have only one. Remove airflowEndpoint here to share the endpoint of ${creator.name}`;
  const { create } = vpc.airflowEndpoint;
  if (create === undefined) {
    return [{ path, message: `uses an existing endpoint, but ${creator.name} creates one in the same VPC. ${remedy}` }];
  }
  if (JSON.stringify(create) === creator.settings) return [];
  return [{ path, message: `differs from the endpoint that ${creator.name} creates in the same VPC. ${remedy}` }];
}

/** Identifies a VPC. An export has one value per account and region, so they are part of the key. */
const getVpcKey = ({ vpc, account, region }: EnvironmentDraft): string => JSON.stringify([vpc.id, account, region]);
