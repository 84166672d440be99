/**
 * Finds a function's handler as Lambda's Node.js runtime does: an export of a `.js`, `.mjs` or `.cjs` file in the task root. Error
 * types and messages are those of the published runtime interface client (behavior, not code:
 * github.com/aws/aws-lambda-nodejs-runtime-interface-client).
 */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** An error with the name that Lambda's runtime uses, `Runtime.…`. */
export class RuntimeError extends Error {
  constructor(name: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = `Runtime.${name}`;
  }
}

export type FunctionHandler = (event: unknown, ...rest: unknown[]) => unknown;

/**
 * Loads the handler. Throws a `RuntimeError` for a malformed handler name, a missing file or export, and a syntax error. Rethrows
 * other errors that the file throws when it is loaded.
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
    // Node exposes the exports of a CommonJS module under this name. An ES module does not have it.
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
