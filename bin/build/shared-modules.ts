/**
 * The modules that both parts of a program use, by file. So there is one instance of each. The build replaces this file: see
 * `eager-plugin.ts`.
 */
export const SHARED_MODULES: Readonly<Record<string, () => unknown>> = {};
