/** The error at the bottom: `fetch` wraps what happened, once or twice. */
export function findRootCause(error: unknown): NodeJS.ErrnoException {
  const { cause } = error as Error;
  return cause instanceof Error ? findRootCause(cause) : (error as NodeJS.ErrnoException);
}
