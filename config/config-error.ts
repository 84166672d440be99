/** One thing that is wrong in a configuration file, and where. Lines and columns count from 1. */
export interface LocatedIssue {
  readonly line: number;
  readonly column: number;
  /** `environments.analytics-prod.vpc.id`, `grants[0].may[2]`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
}

/** One thing as a line of text: `file:line:column  path  message`. */
export function formatLocatedIssue(fileName: string, { line, column, path, message }: LocatedIssue): string {
  return [`${fileName}:${line}:${column}`, path, message].filter((part) => part !== '').join('  ');
}

/** Everything that is wrong in one configuration file. The message lists all of it, one fault a line. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly fileName: string;
  readonly issues: readonly LocatedIssue[];

  constructor(fileName: string, faults: readonly LocatedIssue[], options?: ErrorOptions) {
    super(faults.map((fault) => formatLocatedIssue(fileName, fault)).join('\n'), options);
    this.fileName = fileName;
    this.issues = faults;
  }
}
