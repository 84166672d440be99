import type { AuditLine } from './parse-audit-lines.ts';

/** A request: its outcome line, or its intent line if no outcome has been logged. */
export type AuditedRequest = AuditLine & { readonly ended: boolean };

/**
 * Combines lines to requests, in the order of the outcomes. A health check has one for each relay that it checks. The front's outcome
 * is used only if it comes first: those of relays have more members.
 */
export class AuditedRequests {
  /** The intents without an outcome, by the id of the request. */
  readonly #intents = new Map<string, AuditLine[]>();
  readonly #endedByFront = new Set<string>();
  readonly #endedByRelay = new Set<string>();

  /** @returns the request that this line completes */
  addLine(line: AuditLine): AuditedRequest | undefined {
    const id = line.extendedRequestId || line.lambdaRequestId;
    const relayId = `${id} ${line.lambdaRequestId}`;
    const isEnded = line.isOfFront ? this.#endedByRelay.has(id) : this.#endedByRelay.has(relayId);
    if (isEnded || this.#endedByFront.has(id)) return undefined;
    const intents = this.#intents.get(id) ?? [];
    if (line.audit === 'intent') {
      this.#intents.set(id, [...intents, line]);
      return undefined;
    }
    if (line.extendedRequestId) {
      if (line.isOfFront) this.#endedByFront.add(id);
      else this.#endedByRelay.add(id).add(relayId);
    }
    const others = line.isOfFront
      ? []
      : intents.filter(({ lambdaRequestId }) => lambdaRequestId !== line.lambdaRequestId);
    if (others.length === 0) this.#intents.delete(id);
    else this.#intents.set(id, others);
    const { time, durationMs = 0 } = line;
    return { ...line, ended: true, time: time === undefined ? undefined : time - durationMs };
  }

  /** The requests without an outcome line. */
  getUnfinished(): AuditedRequest[] {
    return [...this.#intents.values()].flat().map((line) => ({ ...line, ended: false }));
  }
}
