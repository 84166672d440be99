import { escapeInvisible } from './escape-text.ts';

/** The reasons why a command line is rejected. The codes are part of the API and do not change. */
export const REFUSAL_CODES = [
  'unreadable',
  'empty',
  'unknown-command',
  'unknown-operation',
  'unknown-option',
  'abbreviated-option',
  'missing-argument',
  'missing-value',
  'unexpected-value',
  'unexpected-argument',
  'invalid-value',
  'forbidden-character',
  'help',
] as const;

export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** An error for a command line that is rejected before authorization. Its message is written for people. */
export class Refusal extends Error {
  readonly code: RefusalCode;
  override readonly name = 'Refusal';

  constructor(code: RefusalCode, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.code = code;
  }
}

/** The refusal of a request for help. @param flag as written: `-h`, `--help` or an abbreviation */
export const createHelpRefusal = (flag: string): Refusal =>
  new Refusal('help', `Help is not supported. Remove ${flag}.`);

/** Text from the caller, truncated and escaped for use in a message. */
export const truncateForMessage = (text: string, maxLength = 60): string =>
  escapeInvisible(text.length > maxLength ? `${text.slice(0, maxLength)}…` : text);
