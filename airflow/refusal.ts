/** Why a command line is not accepted. Codes are stable; details are for people and name the argument and the mend. */
export type RefusalCode =
  | 'unreadable'
  | 'empty'
  | 'unknown-command'
  | 'unknown-option'
  | 'abbreviated-option'
  | 'missing-argument'
  | 'missing-value'
  | 'unexpected-value'
  | 'unexpected-argument'
  | 'invalid-value'
  | 'forbidden-character'
  | 'help';

export class Refusal extends Error {
  readonly code: RefusalCode;
  override readonly name = 'Refusal';

  constructor(code: RefusalCode, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.code = code;
  }
}

/** What a caller wrote, short enough to be told back. */
export const truncateForMessage = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text);
