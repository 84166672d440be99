/** Names in the deployment that is measured. */
export const ENVIRONMENT = 'analytics-prod';
export const REGION = 'eu-west-1';
export const ROLE = 'data-engineer';
