import type { BuiltScripts } from './build-scripts.ts';
import type { FunctionAssets } from './function-assets.ts';

/** A handler whose cold start is measured. */
export interface ColdSubject {
  readonly taskRoot: string;
  readonly handler: string;
  readonly codeFile: string;
}

/** The functions and their rivals, by name. */
export function listColdSubjects(
  small: FunctionAssets,
  large: FunctionAssets,
  rivals: BuiltScripts,
): Record<ColdName, ColdSubject> {
  const toSubject = ({ folder, handler, codeFile }: FunctionAssets['relay']): ColdSubject => ({
    taskRoot: folder,
    handler,
    codeFile,
  });
  const toRival = (name: string): ColdSubject => ({
    taskRoot: rivals.folder,
    handler: `${name}.handler`,
    codeFile: rivals.getFile(name),
  });
  return {
    empty: toRival('empty'),
    authorizer: toSubject(small.authorizer),
    relay: toSubject(small.relay),
    front: toSubject(small.front),
    largeFront: toSubject(large.front),
    naive: toRival('naive'),
  };
}

export type ColdName = 'empty' | 'authorizer' | 'relay' | 'front' | 'largeFront' | 'naive';
