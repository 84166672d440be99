/**
 * Finds a function's handler as Lambda's Node runtime does: the file beside the task root, `.js`, `.mjs` or `.cjs`, and
 * the export. Error types and messages are those of the published runtime interface client (behavior, not code:
 * github.com/aws/aws-lambda-nodejs-runtime-interface-client).
 */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A fault with the name Lambda gives it. */
export class RuntimeError extends Error {
  constructor(name: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = `Runtime.${name}`;
  }
}

export type FunctionHandler = (event: unknown, ...rest: unknown[]) => unknown;

/**
 * Throws a `RuntimeFault` for a handler name that cannot be read, a file or export that is not there, a file that does
 * not parse; and whatever the file throws when it is loaded.
 */
export async function loadHandler(taskRoot: string, name: string): Promise<FunctionHandler> {
  const [, module, path] = /^([^.]*)\.(.+)$/.exec(basename(name)) ?? [];
  if (module === undefined || path === undefined || name.includes('..')) {
    throw new RuntimeError('MalformedHandlerName', `'${name}' is not a valid handler name.`);
  }
  const base = join(taskRoot, dirname(name), module);
  const file = ['.js', '.mjs', '.cjs'].map((extension) => base + extension).find(existsSync);
  if (file === undefined) {
    throw new RuntimeError('ImportModuleError', `Error: Cannot find module '${module}' in ${taskRoot}`);
  }
  const handler = path
    .split('.')
    .reduce<unknown>(
      (value, key) => (value as Record<string, unknown> | undefined)?.[key],
      await importHandlerFile(file),
    );
  if (typeof handler !== 'function') {
    throw new RuntimeError('HandlerNotFound', `${name} is ${handler ? 'not a function' : 'undefined or not exported'}`);
  }
  return handler as FunctionHandler;
}

async function importHandlerFile(file: string): Promise<unknown> {
  try {
    const exports = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
    // Node gives a CommonJS module's own exports under this name; an ES module has none.
    return exports['module.exports'] ?? exports;
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new RuntimeError('UserCodeSyntaxError', String(error), { cause: error });
    }
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') {
      throw new RuntimeError('ImportModuleError', String(error), { cause: error });
    }
    throw error;
  }
}
