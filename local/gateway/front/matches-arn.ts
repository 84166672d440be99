/** Whether an ARN matches a pattern with `*` and `?`, as `ArnLike` and Lambda's permissions compare them. */
export function matchesArn(pattern: string, arn: string): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`, 's').test(arn);
}
