/**
 * The first statement of each program: says which Node.js is needed, before anything is loaded. It uses only syntax that old versions
 * know. `process.getBuiltinModule` is the newest function that the programs need.
 */
export const NODE_GUARD = `"use strict";
if (typeof process.getBuiltinModule !== 'function') {
  console.error(require('path').basename(__filename, '.cjs') + ': Node.js 20.16, 22.3, or newer is needed. This is ' + process.version + '.');
  process.exit(78);
}`;
