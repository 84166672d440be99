import type { AuditLine } from './parse-audit-lines.ts';

/** One request, by the lines of it: how it ended, or what was about to be sent when the function died. */
export type AuditedRequest = AuditLine & { readonly ended: boolean };

/** Joins lines to requests, in the order in which they end. */
export class AuditedRequests {
  readonly #started = new Map<string, AuditLine>();

  /** @returns the request that has ended with this line */
  addLine(line: AuditLine): AuditedRequest | undefined {
    if (line.audit === 'intent') {
      this.#started.set(line.lambdaRequestId, line);
      return undefined;
    }
    this.#started.delete(line.lambdaRequestId);
    const { time, durationMs = 0 } = line;
    return { ...line, ended: true, time: time === undefined ? undefined : time - durationMs };
  }

  /** Those of which no end has been read. */
  getUnfinished(): AuditedRequest[] {
    return [...this.#started.values()].map((line) => ({ ...line, ended: false }));
  }
}
