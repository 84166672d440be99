/** One thing that is wrong in a configuration file, and where. Lines and columns count from 1. */
export interface Fault {
  readonly line: number;
  readonly column: number;
  /** `environments.analytics-prod.vpc.id`, `grants[0].may[2]`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
}

/** One thing as a line of text: `file:line:column  path  message`. */
export function faultLine(fileName: string, { line, column, path, message }: Fault): string {
  return [`${fileName}:${line}:${column}`, path, message].filter((part) => part !== '').join('  ');
}

/** Everything that is wrong in one configuration file. The message lists all of it, one fault a line. */
export class ConfigFault extends Error {
  override readonly name = 'ConfigFault';
  readonly fileName: string;
  readonly faults: readonly Fault[];

  constructor(fileName: string, faults: readonly Fault[], options?: ErrorOptions) {
    super(faults.map((fault) => faultLine(fileName, fault)).join('\n'), options);
    this.fileName = fileName;
    this.faults = faults;
  }
}
