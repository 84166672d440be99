/** The value of a JSON text, or undefined if it is not JSON. */
export function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The object of a JSON text, or undefined if it is not JSON or another kind of value. */
export function parseJsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  const value = tryParseJson(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}
