/** The gateway cannot run this template without guessing, or AWS would not deploy it. */
export class UnsupportedTemplateError extends Error {
  override name = 'UnsupportedTemplateError';
}

/** Throws an `UnsupportedTemplateError`. */
export function rejectTemplate(reason: string): never {
  throw new UnsupportedTemplateError(`local gateway: ${reason}`);
}

/** A function that throws an `UnsupportedTemplateError` whose message names the resource. */
export type RejectResource = (reason: string) => never;

export const createRejectResource =
  ({ logicalId, type }: { readonly logicalId: string; readonly type: string }): RejectResource =>
  (reason) =>
    rejectTemplate(`${logicalId} (${type}): ${reason}`);
