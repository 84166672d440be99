import type { AuditLine } from './audit-line.ts';

/** One request, by the lines of it: how it ended, or what was about to be sent when the function died. */
export type Request = AuditLine & { readonly ended: boolean };

/** Joins lines to requests, in the order in which they end. */
export class Requests {
  readonly #begun = new Map<string, AuditLine>();

  /** @returns the request that has ended with this line */
  take(line: AuditLine): Request | undefined {
    if (line.audit === 'intent') {
      this.#begun.set(line.lambdaRequestId, line);
      return undefined;
    }
    this.#begun.delete(line.lambdaRequestId);
    const { time, durationMs = 0 } = line;
    return { ...line, ended: true, time: time === undefined ? undefined : time - durationMs };
  }

  /** Those of which no end has been read. */
  unfinished(): Request[] {
    return [...this.#begun.values()].map((line) => ({ ...line, ended: false }));
  }
}
