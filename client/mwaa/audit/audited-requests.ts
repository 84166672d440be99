import type { AuditLine } from './parse-audit-lines.ts';

/** A request: its outcome line, or its intent line if no outcome has been logged. */
export type AuditedRequest = AuditLine & { readonly ended: boolean };

/** Combines intent and outcome lines to requests, in the order of the outcomes. */
export class AuditedRequests {
  readonly #intents = new Map<string, AuditLine>();

  /** @returns the request that this line completes */
  addLine(line: AuditLine): AuditedRequest | undefined {
    if (line.audit === 'intent') {
      this.#intents.set(line.lambdaRequestId, line);
      return undefined;
    }
    this.#intents.delete(line.lambdaRequestId);
    const { time, durationMs = 0 } = line;
    return { ...line, ended: true, time: time === undefined ? undefined : time - durationMs };
  }

  /** The requests without an outcome line. */
  getUnfinished(): AuditedRequest[] {
    return [...this.#intents.values()].map((line) => ({ ...line, ended: false }));
  }
}
