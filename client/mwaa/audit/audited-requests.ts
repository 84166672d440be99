import type { AuditLine } from './parse-audit-lines.ts';

/** A request: its outcome line, or its intent line if no outcome has been logged. */
export type AuditedRequest = AuditLine & { readonly ended: boolean };

/**
 * Combines lines to requests, in the order of the outcomes. If both the front and a relay log the outcome of a request, only the first
 * is used: the relay's, which has more members.
 */
export class AuditedRequests {
  readonly #intents = new Map<string, AuditLine>();
  readonly #endedIds = new Set<string>();

  /** @returns the request that this line completes */
  addLine(line: AuditLine): AuditedRequest | undefined {
    const id = line.extendedRequestId || line.lambdaRequestId;
    if (line.audit === 'intent') {
      if (!this.#endedIds.has(id)) this.#intents.set(id, line);
      return undefined;
    }
    if (this.#endedIds.has(id)) return undefined;
    if (line.extendedRequestId) this.#endedIds.add(id);
    this.#intents.delete(id);
    const { time, durationMs = 0 } = line;
    return { ...line, ended: true, time: time === undefined ? undefined : time - durationMs };
  }

  /** The requests without an outcome line. */
  getUnfinished(): AuditedRequest[] {
    return [...this.#intents.values()].map((line) => ({ ...line, ended: false }));
  }
}
