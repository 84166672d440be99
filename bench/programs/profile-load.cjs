/**
 * Finds out where the time of a cold start goes: `node profile-load.cjs CODE_FILE`. Prints milliseconds as JSON.
 *
 * - `node`: from the start of the process to the first line of this file
 * - `builtins`: loading modules of Node.js, as far as the code requires them
 * - `compile`: V8 reads and compiles the code file
 * - `run`: the rest of the top level of the code, its data files included
 */
const nodeMs = performance.now();
const Module = require('node:module');
const { pathToFileURL } = require('node:url');

const [file] = process.argv.slice(2);
globalThis.awslambda = { streamifyResponse: (handler) => handler };

let builtinsMs = 0;
let depth = 0;
const { _load: load } = Module;
Module._load = (name, ...rest) => {
  if (!Module.isBuiltin(name)) return load(name, ...rest);
  const startedAt = performance.now();
  depth += 1;
  const loaded = load(name, ...rest);
  depth -= 1;
  if (depth === 0) builtinsMs += performance.now() - startedAt;
  return loaded;
};

let compiledAt;
let compileStartedAt;
const { _compile: compile } = Module.prototype;
Module.prototype._compile = function (code, ...rest) {
  compileStartedAt = performance.now();
  // The first statement runs when the code is compiled.
  globalThis.markCompiled = () => {
    compiledAt = performance.now();
  };
  return compile.call(this, `globalThis.markCompiled();${code}`, ...rest);
};

async function measure() {
  const startedAt = performance.now();
  if (file.endsWith('.mjs')) await import(pathToFileURL(file).href);
  else require(file);
  const endedAt = performance.now();
  const compileMs = compiledAt === undefined ? 0 : compiledAt - compileStartedAt;
  const runMs = endedAt - startedAt - compileMs - builtinsMs;
  process.stdout.write(`${JSON.stringify({ node: nodeMs, builtins: builtinsMs, compile: compileMs, run: runMs })}\n`);
  process.exit();
}

void measure();
