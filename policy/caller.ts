/**
 * Who signed the request. A role and a user of the same name are different callers. The session name of an assumed role
 * decides nothing, and its path is not known: API Gateway names an assumed role by its session.
 */
export interface Caller {
  readonly kind: 'role' | 'user' | 'federated-user' | 'root';
  readonly partition: string;
  readonly account: string;
  /** Role name, user name, federated user's name; empty for root. Without path. */
  readonly name: string;
  /** As API Gateway named the caller. */
  readonly arn: string;
}

const FORMS: [RegExp, Caller['kind']][] = [
  [/^arn:([\w-]+):sts::(\d{12}):assumed-role\/([\w+=,.@-]+)\/[\w+=,.@-]+$/, 'role'],
  [/^arn:([\w-]+):iam::(\d{12}):user\/(?:[\x21-\x7e]+\/)?([\w+=,.@-]+)$/, 'user'],
  [/^arn:([\w-]+):sts::(\d{12}):federated-user\/([\w+=,.@-]+)$/, 'federated-user'],
  [/^arn:([\w-]+):iam::(\d{12}):root$/, 'root'],
];

/** The caller that API Gateway names in `requestContext.identity.userArn`, or undefined for a form it does not use. */
export function callerFromArn(arn: string): Caller | undefined {
  for (const [form, kind] of FORMS) {
    const match = form.exec(arn);
    if (match) {
      const [, partition = '', account = '', name = ''] = match;
      return { kind, partition, account, name, arn };
    }
  }
  return undefined;
}

/**
 * The caller that a person means by an ARN: as `callerFromArn`, and a role's own ARN for any session of it.
 *
 * @returns undefined for an ARN that names no caller
 */
export function callerNamed(arn: string): Caller | undefined {
  const role = /^arn:([\w-]+):iam::(\d{12}):role\/(?:[\x21-\x7e]+\/)?([\w+=,.@-]+)$/.exec(arn);
  return callerFromArn(role ? `arn:${role[1]}:sts::${role[2]}:assumed-role/${role[3]}/any-session` : arn);
}
