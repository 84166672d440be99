/** The name of an error of an AWS service: `ServiceException` in `aws.lambda#ServiceException:http://internal.amazon.com/`. */
export function cleanErrorName(raw: unknown): string {
  const [name = ''] = String(raw).split(/[,:]/);
  return name.includes('#') ? name.split('#')[1]! : name;
}
