/** The rival of a cold start: a handler with a whole client of the AWS SDK, as the CDK bundles it by default. */
import { MWAA } from '@aws-sdk/client-mwaa';

const client = new MWAA({});

export const handler = async (): Promise<object> => client.createCliToken({ Name: 'analytics-prod' });
