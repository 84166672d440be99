/** The innermost cause of an error: `fetch` wraps the error of the socket once or twice. */
export function findRootCause(error: unknown): NodeJS.ErrnoException {
  const { cause } = error as Error;
  return cause instanceof Error ? findRootCause(cause) : (error as NodeJS.ErrnoException);
}
