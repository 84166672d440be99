/** Finds the method of a request among those of the template, as API Gateway does. */
import type { Method } from '../template/gateway-model.ts';

/** A method and the values of its path parameters, percent-encoded as sent. */
export interface Route {
  method: Method;
  pathParameters: Record<string, string>;
}

/**
 * Returns the most specific match. At each path part, literal text takes precedence over `{name}`, and `{name}` over `{name+}`; an
 * HTTP method takes precedence over `ANY` (documented: API Gateway, "Set up a proxy integration with a proxy resource").
 *
 * Literal parts are compared after decoding. Parameters stay encoded, because REST APIs pass them as sent (reported by users of AWS, not
 * documented). Assumed: a trailing slash adds an empty part, which matches nothing.
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
  // A path belongs to one resource. If that resource lacks the method, a less specific resource does not serve it instead.
  const pathRank = methods
    .map((method) => matchPath(method.resourcePath.split('/').slice(1), parts)?.rank)
    .filter((rank) => rank !== undefined)
    .sort()
    .at(0);
  if (best === undefined || best.rank !== pathRank) return undefined;
  return { method: best.method, pathParameters: best.pathParameters };
}

const rankMethod = ({ method }: { method: Method }): number => (method.httpMethod === 'ANY' ? 1 : 0);

/** `rank` orders by specificity, one digit per path part: 0 literal, 1 parameter, 2 greedy parameter. */
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
