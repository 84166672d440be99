import type { IResource, MethodOptions } from 'aws-cdk-lib/aws-apigateway';
import { OIDC_PATH } from '../../contract/routes.ts';

/** The two kinds of callers. The API has the same paths for each kind, with a different authorization. */
export type CallerKind = 'iam' | 'oidc';

/** The path in front of `/environments`, by kind of caller. */
export const BRANCH_PREFIXES = { iam: '', oidc: `/${OIDC_PATH}` } as const satisfies Record<CallerKind, string>;

/** The paths for one kind of caller. */
export interface ApiBranch {
  readonly kind: CallerKind;
  /** The resource `/environments` or `/oidc/environments`. */
  readonly environments: IResource;
  readonly authorization: MethodOptions;
}
