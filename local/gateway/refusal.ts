/** A template this gateway will not play, because it would have to guess, or because AWS would not deploy it either. */
export class TemplateRefusal extends Error {
  override name = 'TemplateRefusal';
}

/** Throws a `TemplateRefusal`. */
export function refuseTemplate(why: string): never {
  throw new TemplateRefusal(`local gateway: ${why}`);
}
