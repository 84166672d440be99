import type { IResource, MethodOptions } from 'aws-cdk-lib/aws-apigateway';

/** One of the ways to be known to the API: the same paths stand behind each. */
export interface ApiBranch {
  /** What stands before `environments` in the path: nothing for signed requests, `oidc` for tokens. */
  readonly prefix: string;
  /** `…/environments`. */
  readonly environments: IResource;
  readonly authorization: MethodOptions;
}
