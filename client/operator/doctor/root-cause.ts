/** The error at the bottom: `fetch` wraps what happened, once or twice. */
export function rootCause(error: unknown): NodeJS.ErrnoException {
  const { cause } = error as Error;
  return cause instanceof Error ? rootCause(cause) : (error as NodeJS.ErrnoException);
}
