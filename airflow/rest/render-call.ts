import type { Operation, OperationCatalog } from './operation.ts';
import type { OperationCall } from './parse-call.ts';

/** A request for the web server. */
export interface RenderedCall {
  readonly method: Operation['method'];
  /** Path and query, percent-encoded. ASCII. */
  readonly target: string;
  /** JSON. */
  readonly body?: string;
}

/** Renders a parsed request. Each value is encoded anew, so that the web server reads what was authorized. */
export function renderCall({ basePath }: Pick<OperationCatalog, 'basePath'>, call: OperationCall): RenderedCall {
  const { operation, path, query, body } = call;
  const filled = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name]!));
  const pairs = Object.entries(query).flatMap(([name, value]) => {
    if (typeof value === 'string') return [[name, value] as const];
    return operation.query[name]?.joined
      ? [[name, value.join(',')] as const]
      : value.map((item) => [name, item] as const);
  });
  const search = pairs.map((pair) => pair.map(encodeURIComponent).join('=')).join('&');
  return {
    method: operation.method,
    target: `${basePath}${filled}${search === '' ? '' : `?${search}`}`,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
}
