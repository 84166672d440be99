/** A token that is not good, by the name of what is wrong with it. Nothing of the token is in it. */
export class BadToken extends Error {
  override readonly name = 'BadToken';
}

const UNDECIDED = {
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
export class Undecided extends Error {
  override readonly name = 'Undecided';
  readonly why: keyof typeof UNDECIDED;

  constructor(why: keyof typeof UNDECIDED, options?: ErrorOptions) {
    super(UNDECIDED[why], options);
    this.why = why;
  }
}
