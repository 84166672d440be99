import type { SignedRequest } from '../iam/verify-signature.ts';

/** An authenticated caller, as far as the stand-in needs to know it. */
export interface MwaaCaller {
  readonly arn: string;
}

/** The caller that signed a request, or AWS's error code, status and message. */
export type CallerVerification<P extends MwaaCaller> =
  | { ok: true; principal: P }
  | { ok: false; code: string; status: number; message: string };

/** Authenticates and authorizes the callers of MWAA's APIs. */
export interface CallerAuthorization<P extends MwaaCaller> {
  /** Verifies Signature Version 4 for the signing name `airflow` and the region of the stand-in. */
  verifySignature(request: SignedRequest): Promise<CallerVerification<P>>;
  /** Whether a caller may perform an action, such as `airflow:CreateCliToken`, on the ARN of an environment, or on `*` to list them. */
  isAllowed(principal: P, action: string, resource: string): boolean | Promise<boolean>;
}
