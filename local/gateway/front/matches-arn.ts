/** Whether an ARN matches a pattern with `*` and `?`, compared as in `ArnLike` and in Lambda's permissions. */
export function matchesArn(pattern: string, arn: string): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`, 's').test(arn);
}
