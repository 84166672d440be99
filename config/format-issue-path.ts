/** Formats the path of a value as in JavaScript: `environments.prod.vpc.id`, `grants[0].may[2]`. */
export const formatIssuePath = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (formatted, key) =>
      typeof key === 'number' ? `${formatted}[${key}]` : `${formatted}${formatted && '.'}${String(key)}`,
    '',
  );
