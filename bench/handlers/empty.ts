/** The rival of a cold start: a handler that does nothing. */
export const handler = async (): Promise<object> => ({});
