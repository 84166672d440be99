/** A template this gateway will not play, because it would have to guess, or because AWS would not deploy it either. */
export class UnsupportedTemplateError extends Error {
  override name = 'UnsupportedTemplateError';
}

/** Throws a `UnsupportedTemplateError`. */
export function rejectTemplate(why: string): never {
  throw new UnsupportedTemplateError(`local gateway: ${why}`);
}
