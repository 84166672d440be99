import type { DeclaredCallerKind } from '../policy/caller.ts';
import type { ConfigDraft } from './config-types.ts';

/** The section of the configuration that declares the callers of each kind. */
const DECLARED_SECTIONS = { event: 'events', deployment: 'deployments' } as const satisfies Record<
  DeclaredCallerKind,
  keyof ConfigDraft
>;

/** The names of the declared callers of one kind, and the section in which they are. */
export const listDeclaredNames = (draft: Pick<ConfigDraft, 'events' | 'deployments'>, kind: DeclaredCallerKind) => {
  const section = DECLARED_SECTIONS[kind];
  return { section, names: Object.keys(draft[section]) };
};
