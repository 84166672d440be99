/**
 * The modules that both parts of a program use, by file. Each has only one instance. The build replaces this file: see
 * `eager-plugin.ts`.
 */
export const SHARED_MODULES: Readonly<Record<string, () => unknown>> = {};
