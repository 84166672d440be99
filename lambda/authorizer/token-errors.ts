/** A token that is not good, by the name of what is wrong with it. Nothing of the token is in it. */
export class InvalidTokenError extends Error {
  override readonly name = 'InvalidTokenError';
}

const TOKEN_CHECK_FAILURES = {
  IssuerUnreachable: "The issuer's keys could not be fetched.",
  IssuerAnswer: 'What the issuer gave for its keys are no keys to check signatures by.',
  KeysJustFetched: 'The keys were fetched a moment ago for another unknown key, and are not fetched again so soon.',
  ClaimsTooLong:
    'The claims that grants name are longer than API Gateway hands on: have grants name fewer of the groups.',
  MethodArn: 'The request is for no method of an API.',
} as const;

/**
 * Neither a yes nor a no, by the name of what stands in the way. Lambda logs it with its cause, so nothing of a token may be in
 * either.
 */
export class TokenCheckError extends Error {
  override readonly name = 'TokenCheckError';
  readonly reason: keyof typeof TOKEN_CHECK_FAILURES;

  constructor(why: keyof typeof TOKEN_CHECK_FAILURES, options?: ErrorOptions) {
    super(TOKEN_CHECK_FAILURES[why], options);
    this.reason = why;
  }
}
