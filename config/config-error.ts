/** One error or warning about a configuration file. `line` and `column` count from 1. */
export interface LocatedIssue {
  readonly line: number;
  readonly column: number;
  /** The path of the value, such as `environments.analytics-prod.vpc.id` or `grants[0].may[2]`. Empty for the whole file. */
  readonly path: string;
  readonly message: string;
}

/** Formats an issue as one line: `file:line:column  path  message`. */
export function formatLocatedIssue(fileName: string, { line, column, path, message }: LocatedIssue): string {
  return [`${fileName}:${line}:${column}`, path, message].filter((part) => part !== '').join('  ');
}

/** All errors in one configuration file. The message lists them, one per line. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly fileName: string;
  readonly issues: readonly LocatedIssue[];

  constructor(fileName: string, issues: readonly LocatedIssue[], options?: ErrorOptions) {
    super(issues.map((issue) => formatLocatedIssue(fileName, issue)).join('\n'), options);
    this.fileName = fileName;
    this.issues = issues;
  }
}
