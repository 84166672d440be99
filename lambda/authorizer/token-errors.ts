/** An invalid token. The message is a reason code and contains no part of the token. */
export class InvalidTokenError extends Error {
  override readonly name = 'InvalidTokenError';
}

const TOKEN_CHECK_FAILURES = {
  IssuerUnreachable: "The issuer's keys could not be fetched.",
  IssuerAnswer: "The issuer's response contains no valid keys to verify signatures with.",
  KeysJustFetched: "The token's key is unknown, and the issuer's keys were fetched too recently to fetch them again.",
  ClaimsTooLong:
    'The claims that grants name exceed the size limit of API Gateway. Name fewer of the groups in the grants.',
  MethodArn: 'The ARN in the request is not the ARN of an API method.',
} as const;

/**
 * A token that could not be checked, so it is neither accepted nor rejected. Lambda logs this error and its cause, so neither may
 * contain any part of a token.
 */
export class TokenCheckError extends Error {
  override readonly name = 'TokenCheckError';
  readonly reason: keyof typeof TOKEN_CHECK_FAILURES;

  constructor(reason: keyof typeof TOKEN_CHECK_FAILURES, options?: ErrorOptions) {
    super(TOKEN_CHECK_FAILURES[reason], options);
    this.reason = reason;
  }
}
