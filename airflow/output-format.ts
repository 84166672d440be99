/**
 * How a caller wants the output of a command. `json`: the proxy requests JSON from commands that support it, and returns the value.
 * `raw`: the caller decides, and gets the streams. `complete-invocation.ts` adds the option, `find-evidence.ts` reads the output.
 */
export type OutputFormat = 'json' | 'raw';
