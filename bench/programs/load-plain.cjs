/**
 * Loads a handler as Lambda's runtime does, without the runtime: `node load-plain.cjs CODE_FILE`. Prints a line when the handler is there,
 * and waits to be ended.
 */
const { pathToFileURL } = require('node:url');

const [file] = process.argv.slice(2);
globalThis.awslambda = { streamifyResponse: (handler) => handler };
const load = file.endsWith('.mjs') ? import(pathToFileURL(file).href) : Promise.resolve(require(file));
load.then(({ handler }) => {
  if (typeof handler !== 'function') throw new Error(`${file} has no handler.`);
  process.stdout.write('ready\n');
  setInterval(() => {}, 60_000);
});
