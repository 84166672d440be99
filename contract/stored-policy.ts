/** Names and limits of the stored policy: what a deployment without the CDK grants, in one S3 object that its functions read at run time. */

/** The key of the object in the deployment's bucket. */
export const POLICY_KEY = 'policy.json';

/**
 * How long a function uses what it has read, in seconds. This is how long a withdrawn grant can still allow a request, and how long a
 * stored policy still works after S3 cannot be read anymore.
 */
export const POLICY_CACHE_SECONDS = 5;

/** The largest stored policy, in bytes: about 10,000 grants. */
export const MAX_POLICY_BYTES = 1024 * 1024;

/** Which policy has decided. Front and relay must decide by the same one. */
export interface PolicyReference {
  /** Counted up with each push. */
  readonly version: number;
  /** SHA-256 of what the policy grants, as hexadecimal digits. */
  readonly digest: string;
}

export const isSamePolicy = (one: PolicyReference, other: PolicyReference): boolean =>
  one.version === other.version && one.digest === other.digest;

/** Environment variables of the functions of a deployment without the CDK. Everything else is the same in all deployments. */
export const DEPLOYMENT_VARIABLES = {
  /** The name of the MWAA environment, which is also its name in the paths of the API. */
  environment: 'ENVIRONMENT_NAME',
  /** The Airflow release, whose catalog is next to the code. */
  release: 'AIRFLOW_RELEASE',
  policyBucket: 'POLICY_BUCKET',
  /** Of the front: the name of the relay function. */
  relay: 'RELAY_FUNCTION',
  /** Of the front: how many commands may run at the same time. */
  slots: 'SLOTS',
} as const;
