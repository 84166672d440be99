/**
 * Keys that earlier versions of the file had, and what takes their place. `*` stands for any one key. The error about an unknown key
 * shows the text after the key.
 */
export const REMOVED_KEYS: Readonly<Record<string, string>> = {
  'environments.*.throttling':
    'was removed, because all environments share the methods of the API. Use concurrency and timeouts.queueSeconds to limit how many ' +
    'commands of this environment run and wait, and api.throttling to limit the requests to the API',
  'environments.*.timeouts.integrationSeconds':
    'was removed, because API Gateway no longer calls the relay. Use api.integrationSeconds, which applies to the whole API',
};

/** Returns what takes the place of a key, or undefined if the key never existed. */
export function describeRemovedKey(path: readonly PropertyKey[]): string | undefined {
  const matches = (pattern: string) => {
    const keys = pattern.split('.');
    return keys.length === path.length && keys.every((key, index) => key === '*' || key === path[index]);
  };
  return Object.entries(REMOVED_KEYS).find(([pattern]) => matches(pattern))?.[1];
}
