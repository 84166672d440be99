/** Finds the method for a request among the template's, as API Gateway does. */
import type { Method } from '../template/gateway-model.ts';

/** A method and what its path parameters stand for, percent-encoded as sent. */
export interface Route {
  method: Method;
  pathParameters: Record<string, string>;
}

/**
 * Finds the most specific match: in each place a fixed part before `{name}` before `{name+}`, and a named method before
 * `ANY` (documented: API Gateway, "Set up a proxy integration with a proxy resource"). Fixed parts are compared decoded.
 * Parameters stay encoded: REST APIs hand them on as sent (seen by users of AWS, not documented). Assumed: a slash at the
 * end is a part of its own and matches nothing.
 */
export function findRoute(methods: readonly Method[], httpMethod: string, rawPath: string): Route | undefined {
  const parts = rawPath.split('/').slice(1);
  const matches = methods
    .filter((method) => method.httpMethod === httpMethod || method.httpMethod === 'ANY')
    .flatMap((method) => {
      const match = matchPath(method.resourcePath.split('/').slice(1), parts);
      return match === undefined ? [] : [{ method, ...match }];
    })
    .sort((left, right) =>
      left.rank < right.rank ? -1 : left.rank > right.rank ? 1 : rankMethod(left) - rankMethod(right),
    );
  const [best] = matches;
  // A path belongs to one resource: a less specific one does not stand in for a method that is missing there.
  const rankOfPath = methods
    .map((method) => matchPath(method.resourcePath.split('/').slice(1), parts)?.rank)
    .filter((rank) => rank !== undefined)
    .sort()
    .at(0);
  if (best === undefined || best.rank !== rankOfPath) return undefined;
  return { method: best.method, pathParameters: best.pathParameters };
}

const rankMethod = ({ method }: { method: Method }): number => (method.httpMethod === 'ANY' ? 1 : 0);

/** `rank` orders by specificity, place by place: 0 fixed, 1 parameter, 2 greedy. */
function matchPath(
  pattern: string[],
  parts: string[],
): { rank: string; pathParameters: Record<string, string> } | undefined {
  const pathParameters: Record<string, string> = {};
  let rank = '';
  for (const [index, part] of pattern.entries()) {
    const [, name, greedy] = /^\{(.+?)(\+?)\}$/.exec(part) ?? [];
    const actual = parts[index];
    if (actual === undefined) return undefined;
    if (name === undefined) {
      if (decodePathPart(actual) !== part) return undefined;
      rank += '0';
      continue;
    }
    const value = greedy === '+' ? parts.slice(index).join('/') : actual;
    if (value === '') return undefined;
    pathParameters[name] = value;
    rank += greedy === '+' ? '2' : '1';
    if (greedy === '+') return { rank, pathParameters };
  }
  return pattern.length === parts.length ? { rank, pathParameters } : undefined;
}

function decodePathPart(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
