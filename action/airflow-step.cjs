#!/usr/bin/env node
// Generated from bin/airflow-step.ts: npm run action
"use strict";
if (typeof process.getBuiltinModule !== 'function') {
  console.error(require('path').basename(__filename, '.cjs') + ': Node.js 20.16, 22.3, or newer is needed. This is ' + process.version + '.');
  process.exit(78);
}
"use strict";
var __create = Object.create;
var __defProp = Object.defineProperty;
var __getOwnPropDesc = Object.getOwnPropertyDescriptor;
var __getOwnPropNames = Object.getOwnPropertyNames;
var __getProtoOf = Object.getPrototypeOf;
var __hasOwnProp = Object.prototype.hasOwnProperty;
var __esm = (fn, res, err) => function __init() {
  if (err) throw err[0];
  try {
    return fn && (res = (0, fn[__getOwnPropNames(fn)[0]])(fn = 0)), res;
  } catch (e) {
    throw err = [e], e;
  }
};
var __copyProps = (to, from, except, desc) => {
  if (from && typeof from === "object" || typeof from === "function") {
    for (let key of __getOwnPropNames(from))
      if (!__hasOwnProp.call(to, key) && key !== except)
        __defProp(to, key, { get: () => from[key], enumerable: !(desc = __getOwnPropDesc(from, key)) || desc.enumerable });
  }
  return to;
};
var __toESM = (mod, isNodeMode, target) => (target = mod != null ? __create(__getProtoOf(mod)) : {}, __copyProps(
  // If the importer is in node compatibility mode or this is not an ESM
  // file that has been converted to a CommonJS file using a Babel-
  // compatible transform (i.e. "__esModule" has not been set), then set
  // "default" to the CommonJS "module.exports" for node compatibility.
  isNodeMode || !mod || !mod.__esModule ? __defProp(target, "default", { value: mod, enumerable: true }) : target,
  mod
));

// airflow/escape-text.ts
var createPattern, escapeInvisible;
var init_escape_text = __esm({
  "airflow/escape-text.ts"() {
    "use strict";
    createPattern = () => new RegExp("[\\p{C}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}]|(?! )\\p{Zs}", "gu");
    escapeInvisible = (text) => text.replace(createPattern(), (character) => {
      const code = character.codePointAt(0).toString(16);
      return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`;
    });
  }
});

// airflow/refusal.ts
var Refusal, truncateForMessage;
var init_refusal = __esm({
  "airflow/refusal.ts"() {
    "use strict";
    init_escape_text();
    Refusal = class extends Error {
      code;
      name = "Refusal";
      constructor(code, detail, options) {
        super(detail, options);
        this.code = code;
      }
    };
    truncateForMessage = (text, maxLength = 60) => escapeInvisible(text.length > maxLength ? `${text.slice(0, maxLength)}\u2026` : text);
  }
});

// airflow/parse-json.ts
function parseJsonKeepingNumbers(text) {
  const { rawJSON } = es2026Json;
  if (!/\d/.test(text)) return JSON.parse(text);
  if (rawJSON !== void 0)
    return es2026Json.parse(text, (_key, value2, { source }) => typeof value2 === "number" ? rawJSON(source) : value2);
  const value = JSON.parse(text);
  const changed = text.match(STRING_OR_NUMBER)?.find((token) => !token.startsWith('"') && String(Number(token)) !== token);
  if (changed === void 0) return value;
  throw new Refusal(
    "unreadable",
    `This version of Node.js cannot keep the number ${changed} as it is written. Use Node.js 22 or newer, or write the JSON as a string.`
  );
}
function isJsonObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value) && es2026Json.isRawJSON?.(value) !== true;
}
var es2026Json, STRING_OR_NUMBER;
var init_parse_json = __esm({
  "airflow/parse-json.ts"() {
    "use strict";
    init_refusal();
    es2026Json = JSON;
    STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
  }
});

// client/pipeline/cancellation.ts
var GRACE_MS = 5e3;
var Cancellation = class {
  #controller = new AbortController();
  #graceMs;
  #isRequested = false;
  #isSending = false;
  constructor(graceMs = GRACE_MS) {
    this.#graceMs = graceMs;
  }
  get signal() {
    return this.#controller.signal;
  }
  get isRequested() {
    return this.#isRequested;
  }
  /** The first request lets a command that was sent answer. The second one does not. */
  request() {
    if (this.#isSending && !this.#isRequested) setTimeout(() => this.#controller.abort(), this.#graceMs);
    else this.#controller.abort();
    this.#isRequested = true;
  }
  /** Runs a command, whose outcome is unknown if it is interrupted. */
  async whileSending(send) {
    this.#controller.signal.throwIfAborted();
    this.#isSending = true;
    try {
      return await send();
    } finally {
      this.#isSending = false;
    }
  }
};

// client/pipeline/github-pipeline.ts
var import_node_fs2 = require("node:fs");
var import_node_os = require("node:os");
var import_node_path2 = require("node:path");
var import_promises = require("node:timers/promises");
init_escape_text();

// client/library/send-http-request.ts
var ConnectionError = class extends TypeError {
  /** Whether the connection was established, so that the request may have been received. */
  requestSent;
  /** Whether the request may have changed something, and nothing shows whether it did. */
  outcomeUnknown;
  constructor(message, requestSent, isReadOnly, options) {
    super(message, options);
    this.requestSent = requestSent;
    this.outcomeUnknown = requestSent && !isReadOnly;
  }
};
async function sendHttpRequest(address, { body, headers, signal }) {
  const isPlain = address.protocol === "http:";
  const { request: request2 } = process.getBuiltinModule(isPlain ? "node:http" : "node:https");
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    let isConnected = false;
    const fail = (cause) => reject(
      signal?.aborted ? signal.reason : new ConnectionError(`${address.origin} did not respond`, isConnected, body === void 0, { cause })
    );
    const outgoing = request2(
      address,
      {
        method: body === void 0 ? "GET" : "POST",
        headers: { ...headers, ...body === void 0 ? {} : { "content-length": Buffer.byteLength(body) } },
        ...signal === void 0 ? {} : { signal }
      },
      (response) => {
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("error", fail);
        response.on("end", () => {
          const { statusCode: status = 0 } = response;
          const text = Buffer.concat(chunks).toString("utf8");
          resolve({
            status,
            ok: status >= 200 && status < 300,
            headers: new Map(
              Object.entries(response.headers).map(([name, value]) => [name, [value ?? []].flat().join(", ")])
            ),
            text: async () => text,
            json: async () => JSON.parse(text)
          });
        });
      }
    );
    outgoing.on("socket", (socket) => {
      const setConnected = () => {
        isConnected = true;
      };
      if (socket.connecting) socket.once(isPlain ? "connect" : "secureConnect", setConnected);
      else setConnected();
    });
    outgoing.on("error", fail);
    outgoing.end(body);
  });
}

// client/pipeline/code-blocks.ts
init_escape_text();
var toVisibleLines = (text) => text.split(/\r\n|\n|\r/).map((line) => line.split("	").map(escapeInvisible).join("	")).join("\n");
function formatCodeSpan(text) {
  const visible = escapeInvisible(text);
  if (visible.trim() === "") return "(empty)";
  const fence = "`".repeat(findLongestRun(visible) + 1);
  return `${fence} ${visible} ${fence}`;
}
function formatCodeBlock(text) {
  const visible = toVisibleLines(text).replace(/\n+$/, "");
  const fence = "`".repeat(Math.max(findLongestRun(visible) + 1, 3));
  return `${fence}text
${visible}
${fence}`;
}
var findLongestRun = (text) => Math.max(0, ...[...text.matchAll(/`+/g)].map(([backticks]) => backticks.length));
function keepEnd(text, length) {
  if (text.length <= length) return text;
  const end = text.slice(-length);
  return `\u2026
${end.slice(end.indexOf("\n") + 1)}`;
}

// client/pipeline/create-key.ts
var import_node_crypto = require("node:crypto");
var import_node_fs = require("node:fs");
var import_node_path = require("node:path");

// client/library/settings-error.ts
var SettingsError = class extends Error {
  name = "SettingsError";
};

// client/pipeline/create-key.ts
function requireVariable(variables, name, setting) {
  const value = variables[name];
  if (value) return value;
  throw new SettingsError(`${name} is not set, so there is no idempotency key for this trigger. Set ${setting}.`);
}
var KEY = /^[\x21-\x7e]{1,250}$/;
function joinKey(parts) {
  const key = parts.map((part) => encodeURIComponent(part ?? "")).join("/");
  return KEY.test(key) ? key : `${parts[0]}/${hash(key)}`;
}
var hash = (text) => (0, import_node_crypto.createHash)("sha256").update(text).digest("hex");
function countUse(folder, name) {
  const prefix = (0, import_node_path.join)(folder, `.mwaa-cli-proxy-${hash(name).slice(0, 32)}`);
  for (let use = 1; ; use++) {
    try {
      (0, import_node_fs.writeFileSync)(`${prefix}-${use}`, "", { flag: "wx" });
      return use;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
  }
}

// client/pipeline/format-summary.ts
var MAX_PRINTED_CHARACTERS = 2e4;
var MAX_LISTED_TASKS = 50;
function formatSummary({ title, message, facts, failedTasks = [], taskNote, printed }) {
  const more = failedTasks.length - MAX_LISTED_TASKS;
  return [
    `### Airflow: ${title}`,
    formatCodeBlock(message),
    [...facts].map(([name, value]) => `- ${name}: ${formatCodeSpan(value)}`).join("\n"),
    ...failedTasks.length === 0 ? [] : [
      `**Failed tasks**`,
      failedTasks.slice(0, MAX_LISTED_TASKS).map(
        ({ taskId, state }) => `- ${formatCodeSpan(taskId)}${state === "failed" ? "" : ` (${formatCodeSpan(state)})`}`
      ).concat(more > 0 ? [`- and ${more} more`] : []).join("\n")
    ],
    ...taskNote ? [formatCodeBlock(taskNote)] : [],
    ...printed ? ["What Airflow printed:", formatCodeBlock(keepEnd(printed, MAX_PRINTED_CHARACTERS))] : [],
    ""
  ].join("\n\n");
}

// client/library/parse-json.ts
function tryParseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return void 0;
  }
}
function parseJsonObject(text) {
  const value = tryParseJson(text);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : void 0;
}

// client/pipeline/github-token.ts
var ATTEMPTS = 3;
var REQUEST_TIMEOUT_MS = 2e4;
var MISSING_PERMISSION = 'GitHub offers no OIDC token to this job. Add "permissions: { id-token: write }" to the job, and to the job that calls it if this is a reusable workflow. The workflows of pull requests from forks get no token.';
async function requestGitHubToken({ variables, audience, send, pause: pause2 }, signal = new AbortController().signal) {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken } = variables;
  if (!url || !requestToken) throw new SettingsError(MISSING_PERMISSION);
  const address = new URL(url);
  address.searchParams.set("audience", audience);
  const headers = { authorization: `Bearer ${requestToken}`, accept: "application/json" };
  for (let attempt = 1; ; attempt++) {
    const failure = await sendOnce();
    if (typeof failure === "string") return failure;
    if (attempt === ATTEMPTS) throw failure;
    await pause2(attempt * 1e3, signal);
  }
  async function sendOnce() {
    let response;
    try {
      const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
      response = await send(address, { body: void 0, headers, signal: AbortSignal.any([signal, timeout]) });
    } catch (error) {
      signal.throwIfAborted();
      const { message } = error.cause ?? error;
      return createError(
        `${address.host}, which issues the OIDC tokens of GitHub, cannot be reached from this runner (${message}). Let the runner connect to it, directly or through the proxy that https_proxy names`
      );
    }
    const token = parseJsonObject(await response.text())?.value;
    if (response.ok && typeof token === "string") return token;
    const answer = `GitHub issued no OIDC token: ${address.host} answered with HTTP ${response.status}`;
    if (response.status === 429 || response.status >= 500) return createError(answer);
    throw new SettingsError(`${answer}. ${MISSING_PERMISSION}`);
  }
}
var createError = (text) => new ConnectionError(text, false, true, { cause: new Error(text) });
function readClaims(token) {
  const [, payload = ""] = token.split(".");
  return parseJsonObject(Buffer.from(payload, "base64url").toString("utf8")) ?? {};
}

// client/pipeline/workflow-commands.ts
var import_node_crypto2 = require("node:crypto");
function formatWorkflowCommand(name, data, properties = {}) {
  const list = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(value)}`);
  return `::${name}${list.length === 0 ? "" : ` ${list.join(",")}`}::${escapeData(data)}
`;
}
var escapeData = (text) => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
var escapeProperty = (text) => escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
function formatForeignText(text) {
  const token = (0, import_node_crypto2.randomUUID)();
  return `::stop-commands::${token}
${toVisibleLines(text).replace(/\n+$/, "")}
::${token}::
`;
}
function formatOutput(name, value) {
  const delimiter = `delimiter-${(0, import_node_crypto2.randomUUID)()}`;
  return `${name}<<${delimiter}
${value}
${delimiter}
`;
}

// client/pipeline/github-pipeline.ts
var MAX_OUTPUT_CHARACTERS = 524288;
var MAX_ANNOTATION_CHARACTERS = 4e3;
function createGitHubPipeline(variables, write) {
  const getInput = (name) => variables[`INPUT_${name.toUpperCase()}`] ?? "";
  const append = (variable, text) => {
    const file = variables[variable];
    if (file) (0, import_node_fs2.appendFileSync)(file, text);
  };
  const print = (text) => write(formatForeignText(text));
  const warn = (text) => write(formatWorkflowCommand("warning", cut(toVisibleLines(text)), { title: "Airflow" }));
  const setOutput = (name, value) => append("GITHUB_OUTPUT", formatOutput(name, value));
  const mask = (text) => write(formatWorkflowCommand("add-mask", text));
  return {
    getInput,
    print,
    warn,
    mask,
    isRetriedWithSameKey: false,
    async getToken(signal) {
      const audience = getInput("audience") || "mwaa-cli-proxy";
      const token = await requestGitHubToken({ variables, audience, send: sendHttpRequest, pause: pauseFor }, signal);
      mask(token);
      return token;
    },
    createKey: () => createGitHubKey(variables, getInput),
    setOutputs(outputs) {
      for (const [name, value] of Object.entries(outputs)) {
        if (name === "output") setLongOutput(value);
        else setOutput(name, value);
      }
    },
    reportFailure(failure) {
      write(formatWorkflowCommand("error", cut(formatAnnotation(failure)), { title: `Airflow: ${failure.title}` }));
      if (failure.printed) print(failure.printed);
      append("GITHUB_STEP_SUMMARY", formatSummary(failure));
    }
  };
  function setLongOutput(value) {
    const file = (0, import_node_path2.join)((0, import_node_fs2.mkdtempSync)((0, import_node_path2.join)(variables.RUNNER_TEMP ?? (0, import_node_os.tmpdir)(), "mwaa-cli-proxy-")), "output");
    (0, import_node_fs2.writeFileSync)(file, value, { mode: 384 });
    setOutput("output-file", file);
    const isTooLong = value.length > MAX_OUTPUT_CHARACTERS;
    setOutput("output", isTooLong ? "" : value);
    if (!isTooLong) return;
    warn(
      `The answer is longer than GitHub's limit of 1 MB for an output. Read the file that the output "output-file" names.`
    );
  }
}
var pauseFor = (ms, signal) => (0, import_promises.setTimeout)(ms, void 0, { signal });
var cut = (text) => text.length <= MAX_ANNOTATION_CHARACTERS ? text : `${text.slice(0, MAX_ANNOTATION_CHARACTERS)} \u2026`;
function formatAnnotation({ message, failedTasks = [], taskNote }) {
  const tasks = failedTasks.map(({ taskId }) => escapeInvisible(taskId)).join(", ");
  return toVisibleLines(
    [message, ...tasks === "" ? [] : [`Failed tasks: ${tasks}`], ...taskNote ? [taskNote] : []].join("\n")
  );
}
function createGitHubKey(variables, getInput) {
  const require3 = (name) => requireVariable(variables, name, "the input idempotency-key");
  const { GITHUB_REPOSITORY_ID, GITHUB_ACTION, RUNNER_TEMP } = variables;
  const { ACTIONS_ORCHESTRATION_ID, ACTIONS_ID_TOKEN_REQUEST_URL = "" } = variables;
  const job = getInput("check-run-id") || hash(ACTIONS_ORCHESTRATION_ID || ACTIONS_ID_TOKEN_REQUEST_URL).slice(0, 16);
  const parts = [
    "github",
    // Its name, where there is no id.
    GITHUB_REPOSITORY_ID ?? require3("GITHUB_REPOSITORY"),
    require3("GITHUB_RUN_ID"),
    require3("GITHUB_RUN_ATTEMPT"),
    require3("GITHUB_JOB"),
    getInput("job-index") || "0",
    job,
    GITHUB_ACTION
  ];
  return joinKey([...parts, String(countUse(RUNNER_TEMP ?? (0, import_node_os.tmpdir)(), parts.join("/")))]);
}

// client/pipeline/gitlab-pipeline.ts
var import_node_fs3 = require("node:fs");
var import_node_path3 = require("node:path");
init_escape_text();

// client/pipeline/format-junit-report.ts
function formatJUnitReport(failure) {
  const cases = failure === void 0 ? ['  <testcase classname="airflow" name="command"/>'] : formatCases(failure);
  const failures = failure === void 0 ? 0 : cases.length;
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="airflow" tests="${cases.length}" failures="${failures}">
${cases.join("\n")}
</testsuite>
`;
}
function formatCases({ title, message, failedTasks = [], taskNote, printed }) {
  const details = escapeXml([message, taskNote, printed].filter(Boolean).join("\n"));
  const names = failedTasks.length === 0 ? ["command"] : failedTasks.map(({ taskId }) => taskId);
  return names.map(
    (name) => `  <testcase classname="airflow" name="${escapeXml(name)}"><failure message="${escapeXml(title)}">${details}</failure></testcase>`
  );
}
var ENTITIES = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;"
};
var escapeXml = (text) => toVisibleLines(text).replace(/[&<>"']/g, (character) => ENTITIES[character]);

// client/pipeline/gitlab-pipeline.ts
var GITLAB_FILES = {
  variables: "airflow-step.env",
  report: "airflow-step.xml",
  output: "airflow-step-output"
};
var GITLAB_TOKEN_VARIABLE = "MWAA_CLI_PROXY_TOKEN";
var MISSING_TOKEN = `${GITLAB_TOKEN_VARIABLE} is not set. Let GitLab issue it, with "id_tokens: { ${GITLAB_TOKEN_VARIABLE}: { aud: mwaa-cli-proxy } }" in the job.`;
function createGitLabPipeline(variables, write, folder = ".") {
  let outputs = {};
  const print = (text) => write(`${toVisibleLines(text).replace(/\n+$/, "")}
`);
  return {
    getInput: (name) => variables[`AIRFLOW_STEP_${name.toUpperCase().replaceAll("-", "_")}`] ?? "",
    print,
    // A job cannot tell GitLab what to mask.
    mask: () => {
    },
    warn: (text) => print(`WARNING: ${text}`),
    // Each attempt of a job has its own CI_JOB_ID, also one that GitLab starts by itself ("retry").
    isRetriedWithSameKey: true,
    async getToken() {
      const token = variables[GITLAB_TOKEN_VARIABLE];
      if (!token) throw new SettingsError(MISSING_TOKEN);
      return token;
    },
    createKey() {
      const names = ["CI_SERVER_HOST", "CI_PROJECT_ID", "CI_PIPELINE_ID", "CI_JOB_NAME", "CI_JOB_ID"];
      const values = names.map((name) => requireVariable(variables, name, "AIRFLOW_STEP_IDEMPOTENCY_KEY"));
      return joinKey(["gitlab", ...values.slice(0, -1), String(countUse(folder, values.join("/")))]);
    },
    setOutputs(changed) {
      outputs = { ...outputs, ...changed };
      const lines = Object.entries(outputs).flatMap(
        ([name, value]) => name === "output" ? [] : [`AIRFLOW_${name.toUpperCase().replaceAll("-", "_")}=${escapeInvisible(value)}
`]
      );
      (0, import_node_fs3.writeFileSync)((0, import_node_path3.join)(folder, GITLAB_FILES.variables), lines.join(""));
      if (changed.output !== void 0) (0, import_node_fs3.writeFileSync)((0, import_node_path3.join)(folder, GITLAB_FILES.output), changed.output);
      (0, import_node_fs3.writeFileSync)((0, import_node_path3.join)(folder, GITLAB_FILES.report), formatJUnitReport());
    },
    reportFailure(failure) {
      print(formatFailure(failure));
      (0, import_node_fs3.writeFileSync)((0, import_node_path3.join)(folder, GITLAB_FILES.report), formatJUnitReport(failure));
    }
  };
}
function formatFailure({ title, message, facts, failedTasks = [], taskNote, printed }) {
  return [
    ...printed ? [printed] : [],
    `ERROR: ${title}: ${message}`,
    ...[...facts].map(([name, value]) => `${name}: ${value}`),
    ...failedTasks.length === 0 ? [] : [`Failed tasks: ${failedTasks.map(({ taskId }) => escapeInvisible(taskId)).join(", ")}`],
    ...taskNote ? [taskNote] : []
  ].join("\n");
}

// client/pipeline/create-pipeline.ts
var createPipeline = (variables) => {
  const write = (text) => void process.stdout.write(text);
  return variables.GITHUB_ACTIONS === "true" ? createGitHubPipeline(variables, write) : createGitLabPipeline(variables, write);
};

// airflow/usage-error.ts
var USAGE_ERROR = "argparse's usage error";

// client/exit-codes.ts
var EXIT_CODES = {
  ok: 0,
  failed: 1,
  usage: 2,
  unknown: 3,
  unavailable: 69,
  /** `EX_IOERR`: the command succeeded, and what it printed could not be written. */
  outputLost: 74,
  /** `EX_TEMPFAIL`: nothing ran, and the same command may succeed later. */
  busy: 75,
  refused: 77,
  setup: 78,
  /** The exit code that a shell reports for a process that Ctrl-C ended. */
  interrupted: 130
};
var EXIT_CODE_BY_PROBLEM = {
  "command-failed": EXIT_CODES.failed,
  "logical-date-collision": EXIT_CODES.failed,
  "invalid-command": EXIT_CODES.usage,
  "malformed-request": EXIT_CODES.usage,
  "key-reused": EXIT_CODES.usage,
  "not-granted": EXIT_CODES.refused,
  "not-signed": EXIT_CODES.refused,
  "not-authenticated": EXIT_CODES.refused,
  "caller-refused": EXIT_CODES.refused,
  "gateway-refused": EXIT_CODES.refused,
  "command-refused": EXIT_CODES.refused,
  "outcome-unclear": EXIT_CODES.unknown,
  busy: EXIT_CODES.busy,
  "airflow-busy": EXIT_CODES.busy,
  "token-throttled": EXIT_CODES.busy,
  throttled: EXIT_CODES.busy,
  "not-found": EXIT_CODES.setup
};
var EXIT_CODE_BY_EVIDENCE = { [USAGE_ERROR]: EXIT_CODES.usage };
var EXIT_CODE_BY_OUTCOME = {
  succeeded: EXIT_CODES.ok,
  unverified: EXIT_CODES.ok,
  failed: EXIT_CODES.failed
};
var EXIT_CODE_BY_DIRECT_PROBLEM = {
  "token-not-permitted": EXIT_CODES.refused,
  "no-such-environment": EXIT_CODES.setup,
  "host-refused": EXIT_CODES.setup
};
function getExitCode({ code, problem, outcomeUnknown }, settings) {
  if (outcomeUnknown) return EXIT_CODES.unknown;
  const evidenceExitCode = code === "command-failed" ? EXIT_CODE_BY_EVIDENCE[problem.evidence ?? ""] : void 0;
  if (evidenceExitCode !== void 0) return evidenceExitCode;
  const directExitCode = "mwaa" in settings ? EXIT_CODE_BY_DIRECT_PROBLEM[code] : void 0;
  return directExitCode ?? EXIT_CODE_BY_PROBLEM[code] ?? EXIT_CODES.unavailable;
}

// client/library/retry-rules.ts
var RETRY_LIMITS = {
  /** Including the first attempt, but not the requests for which no slot was free. */
  attempts: 4,
  /** A request is not repeated once its attempts have taken this long, pauses and waiting for a slot not included. */
  attemptSeconds: 300,
  /** A problem with a longer `Retry-After` is not retried. */
  retryAfterSeconds: 10,
  /** A pause is longer by up to this fraction, so that clients that failed together do not come back together. */
  jitter: 0.25
};
var SLOT_LIMITS = {
  /** How long a command waits by default. */
  waitSeconds: 600,
  /** What the first request of a command waits at most if a listener wants to know that it waits. */
  firstWaitSeconds: 3,
  /** Longer than any request waits. The API limits a request to 290 seconds. */
  requestSeconds: 290,
  minPauseSeconds: 0.25
};
var STARTED_LATER = {
  busy: "always",
  throttled: "always",
  "relay-unavailable": "with Retry-After"
};
var UNKNOWN_OUTCOMES = ["outcome-unknown", "gateway-error", "gateway-timeout"];
var FOREIGN_ANSWERS = { unknownOutcomes: [2, 5], repeated: [5] };
var REPEATED_WITH_KEY = [
  "outcome-unknown",
  "outcome-unclear",
  "gateway-error",
  "gateway-timeout",
  "internal-error"
];
var REPEATED_IF_READ_ONLY = [
  "outcome-unknown",
  "gateway-error",
  "gateway-timeout",
  "internal-error",
  "relay-failed",
  "airflow-error",
  "airflow-timeout"
];
var ANSWER_MEMBERS = {
  cli: { name: "outcome", value: ["succeeded", "unverified", "failed"] },
  explain: { name: "allowed", value: "boolean" },
  run: { name: "state", value: ["queued", "running", "success", "failed"] },
  commands: { name: "commands", value: "list" },
  environments: { name: "environments", value: "list" }
};
var FINAL_PROBLEMS = [
  "command-failed",
  "logical-date-collision",
  "key-reused",
  "outcome-unclear"
];

// client/library/proxy-problem.ts
var ProxyProblem = class extends Error {
  name = "ProxyProblem";
  /** As in `docs/api.md`: `not-granted`, `command-failed`, `outcome-unknown` … */
  code;
  problem;
  /** Whether the command may have changed something, and nothing shows whether it did. */
  outcomeUnknown;
  /** @param isReadOnly the command changes nothing, so no outcome of it is unknown */
  constructor(problem, isReadOnly = false) {
    super(problem.detail);
    this.code = problem.type.slice(problem.type.lastIndexOf(":") + 1);
    this.problem = problem;
    this.outcomeUnknown = !isReadOnly && (UNKNOWN_OUTCOMES.includes(this.code) || isForeignAnswer(problem, FOREIGN_ANSWERS.unknownOutcomes));
  }
};
var FOREIGN_ANSWER_TYPE = "about:blank";
var isForeignAnswer = ({ type, status }, digits) => type === FOREIGN_ANSWER_TYPE && digits.includes(Math.floor(status / 100));

// contract/wait-advice.ts
var WAIT_LONGER_ADVICE = "or with the header Prefer: wait=SECONDS if it may wait longer";

// client/library/check-advice.ts
var CHECK_ADVICE = "The command may have run: check in Airflow before you send it again.";

// client/terminal.ts
var processTerminal = {
  environment: process.env,
  stdin: () => process.stdin,
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  get columns() {
    return process.stderr.isTTY ? process.stderr.columns || 80 : void 0;
  }
};
async function runProgram(name, run) {
  process.stdout.on("error", () => {
  });
  const exitCode = await run();
  process.stdout.write("", (error) => {
    const isLost = error && error.code !== "EPIPE";
    const message = isLost ? `${name}: Standard output cannot be written: ${error.message}.
` : "";
    process.stderr.write(message, () => process.exit(exitCode || (isLost ? EXIT_CODES.outputLost : EXIT_CODES.ok)));
  });
}
var UsageError = class extends Error {
  name = "UsageError";
};

// client/pipeline/describe-failure.ts
var MAY_HAVE_RUN = [
  "outcome-unclear",
  "relay-failed",
  "airflow-error",
  "airflow-timeout",
  "answer-too-large"
];
var TOKEN_PROBLEMS = ["not-authenticated", "caller-refused"];
var NOT_RUN = { outcome: "not-run", title: "The command did not run" };
var UNKNOWN = { outcome: "unknown", title: "It is unknown whether the command ran" };
function describeFailure(error, context) {
  const failure = describe(error, context);
  const { key, pipeline } = context;
  return failure.outcome === "unknown" && key !== void 0 ? { ...failure, message: `${failure.message} ${formatKeyAdvice(key, pipeline.isRetriedWithSameKey)}` } : failure;
}
function describeInputError(error) {
  if (error instanceof SettingsError) return { ...NOT_RUN, exitCode: EXIT_CODES.setup, message: error.message };
  if (error instanceof UsageError) return { ...NOT_RUN, exitCode: EXIT_CODES.usage, message: error.message };
  throw error;
}
function describe(error, context) {
  const { inputs, proxy, signal, token, sent } = context;
  const problem = error instanceof ProxyProblem ? error : void 0;
  if (signal.aborted && (problem === void 0 || problem.code === "busy"))
    return describeCancellation(sent > 0 && problem === void 0);
  if (problem !== void 0) {
    const exitCode = getExitCode(problem, { environment: inputs.environment, proxy, streamMode: "all" });
    return { exitCode, ...classify(problem), message: formatProblem(problem, token) };
  }
  if (error instanceof ConnectionError) return describeConnectionError(error, inputs.url);
  if (sent === 0 && error instanceof SettingsError) return describeInputError(error);
  const { message } = error;
  return sent === 0 ? { ...NOT_RUN, exitCode: EXIT_CODES.unavailable, message } : { ...UNKNOWN, exitCode: EXIT_CODES.unknown, message: `${message} ${CHECK_ADVICE}` };
}
var describeCancellation = (isOnItsWay) => isOnItsWay ? {
  exitCode: EXIT_CODES.interrupted,
  outcome: "unknown",
  title: "Cancelled, and it is unknown whether the command ran",
  message: `The step was cancelled while the command was on its way. ${CHECK_ADVICE}`
} : {
  exitCode: EXIT_CODES.interrupted,
  outcome: "not-run",
  title: "Cancelled",
  message: "The step was cancelled before the command was sent. It did not run."
};
function describeConnectionError(error, url) {
  const reason = error.cause?.message;
  const message = reason === void 0 || reason === error.message ? error.message : `${error.message} (${reason})`;
  if (error.outcomeUnknown) return { ...UNKNOWN, exitCode: EXIT_CODES.unknown, message: `${message}. ${CHECK_ADVICE}` };
  const isApi = error.message.includes(new URL(url).host);
  const advice = isApi ? " Check the input url, and that the runner can reach it." : "";
  const outcome = error.requestSent ? UNKNOWN : NOT_RUN;
  return { ...outcome, exitCode: EXIT_CODES.unavailable, message: `${message}.${advice}` };
}
function classify({ code, outcomeUnknown }) {
  if (code === "command-failed") return { outcome: "failed", title: "The command failed" };
  if (outcomeUnknown) return UNKNOWN;
  if (MAY_HAVE_RUN.includes(code)) return { outcome: "unknown", title: "The outcome of the command is not known" };
  if (code === "not-granted") return { outcome: "not-run", title: "The command is not granted" };
  return TOKEN_PROBLEMS.includes(code) ? { outcome: "not-run", title: "The API rejects the token" } : NOT_RUN;
}
function formatProblem({ code, problem }, token) {
  const detail = code === "busy" ? problem.detail.replace(WAIT_LONGER_ADVICE, "or run the job again") : problem.detail;
  const request2 = problem.requestId ? ` (request ${problem.requestId})` : "";
  return `${detail}${request2}${TOKEN_PROBLEMS.includes(code) ? describeToken(token, problem) : ""}`;
}
function describeToken(token, { issuer, audience }) {
  const { iss, aud, sub } = readClaims(token);
  const accepted = issuer === void 0 ? "" : ` The API accepts tokens of ${issuer} for ${JSON.stringify(audience)}.`;
  return ` The token of this job is of ${iss} for ${JSON.stringify(aud)}, with the subject ${sub}.${accepted}`;
}
var formatKeyAdvice = (key, isRetriedWithSameKey) => isRetriedWithSameKey ? `Or retry the job: it has the same key, so it starts no second run. Key: ${key}` : `Or run the job again with this key as the input idempotency-key: then it starts no second run. Without it, it can. Key: ${key}`;

// airflow/check-characters.ts
init_refusal();

// airflow/argument-grammar.ts
var BY_DEST_BEFORE_TYPE = createTable({
  "wall-clock-date": "from_date partition_date_end partition_date_start to_date",
  "exclusion-list": "exclude_dag_ids ignore_option ignore_section"
});
var BY_COMMAND = {
  "partitions clear": createTable({ "wall-clock-date": "end_date start_date" })
};
var BY_DEST = createTable({
  name: "access_logformat action bundle_name celery_hostname conn_id conn_type dag_id delete email get host hostname import_path key name namespace option partition_key password pickle policy_store_id pool principal provider_name resource role run_id section state task_id team team_name uri username",
  text: "conn_description conn_login conn_password conn_schema default description firstname lastname policy_store_description url_prefix value",
  number: "capacity conn_port job_id limit",
  "date-or-run-id": "execution_date_or_run_id logical_date_or_run_id",
  list: "apps queues",
  path: "access_logfile cfg_path dagfile_path error_file error_logfile export file flower_conf import keytab log_config log_file output_path pid save save_dagrun ssl_ca_file ssl_cert ssl_key stderr stdout subdir",
  json: "conf conn_extra conn_json dag_run_conf env_vars task_params",
  // On Airflow 3, `--task-regex` selects each task whose id contains the text.
  "regular-expression": "mark_success_pattern task_regex",
  // A host may be a comma-separated list (PostgreSQL), or contain a path (HTTP).
  uri: "broker_api conn_host conn_uri",
  // `date` is START~END. `set` has several values with different meanings.
  expression: "autoscale basic_auth date from_revision from_version set to_revision to_version umask"
});
var OPERATION_TEXTS = createTable({
  name: "bundle_name bundle_version chosen_options conn_type connection_id dag_id dag_run_id dag_run_ids dag_run_state dataset_uri email event executor executor_class fields file_token filename group_id hostname job_state job_type key name operator option owner owners partition_key pool pool_name queue responded_by_user_id responded_by_user_name result role_name run_id run_type schema section source_dag_id source_run_id source_task_id state states tags task_group_id task_id task_ids team_name timetable_type update_mask uri username variable_key warning_type xcom_key",
  text: "description first_name last_name login note password value",
  // One text with commas, which 2.x splits: `GET /dagStats?dag_ids=a,b`.
  list: "dag_ids included_events",
  "exclusion-list": "excluded_events",
  path: "subdir",
  json: "extra",
  uri: "host",
  // Texts that select what contains them, with the wildcards of SQL; opaque texts; dates that the documents call texts.
  expression: "asset_dependency before body_search conf_contains consuming_asset_pattern cursor dag_display_name_pattern dag_display_name_prefix_pattern dag_id_pattern dag_id_prefix_pattern event_pattern event_prefix_pattern filename_pattern filename_prefix_pattern name_pattern name_prefix_pattern next operator_name_pattern operator_name_prefix_pattern order_by owner_pattern owner_prefix_pattern partition_date_gte partition_date_lte partition_key_pattern partition_key_prefix_pattern pool_name_pattern pool_name_prefix_pattern queue_name_pattern queue_name_prefix_pattern rendered_map_index_pattern rendered_map_index_prefix_pattern run_id_pattern run_id_prefix_pattern subject_search tag_name_pattern tag_name_prefix_pattern task_display_name_pattern task_display_name_prefix_pattern task_id_pattern task_id_prefix_pattern token triggering_user_name_pattern triggering_user_name_prefix_pattern uri_pattern uri_prefix_pattern variable_key_pattern variable_key_prefix_pattern xcom_key_pattern xcom_key_prefix_pattern connection_id_pattern connection_id_prefix_pattern"
});
function createTable(dests) {
  return new Map(
    Object.entries(dests).flatMap(([grammar, names]) => names.split(" ").map((dest) => [dest, grammar]))
  );
}

// airflow/check-values.ts
init_refusal();

// airflow/find-command.ts
init_refusal();

// airflow/parse-flag.ts
init_refusal();
var NEGATIVE_NUMBER = new RegExp("^-(?:[\\p{Nd}&&[\\0-\\uffff]]+|[\\p{Nd}&&[\\0-\\uffff]]*\\.[\\p{Nd}&&[\\0-\\uffff]]+)\\n?$", "v");

// airflow/parse-invocation.ts
init_refusal();

// airflow/command-template.ts
init_parse_json();
init_refusal();

// airflow/split-command-line.ts
init_refusal();
function splitCommandLine(text) {
  const words = [];
  let word;
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "\\" && quote !== "'") {
      const next = text[++at];
      if (next === void 0) throw new Refusal("unreadable", "The command ends with a backslash. Quote or remove it.");
      const isLiteral = quote === '"' && next !== '"' && next !== "\\";
      word = (word ?? "") + (isLiteral ? character + next : next);
    } else if (character === quote) {
      quote = "";
    } else if (quote !== "") {
      word += character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= "";
    } else if (!" 	\r\n".includes(character)) {
      word = (word ?? "") + character;
    } else if (word !== void 0) {
      words.push(word);
      word = void 0;
    }
  }
  if (quote !== "")
    throw new Refusal("unreadable", `A ${quote} in the command is not closed. Add the closing ${quote}.`);
  if (word !== void 0) words.push(word);
  return words;
}

// airflow/command-template.ts
var NAME = "[A-Za-z_][\\w.:/-]*";
var WHOLE = new RegExp(`^\\{(${NAME})\\}$`);
var BRACED = /^\{[^{}":]+\}$/;
var OPTION_VALUE = /^(--[\w-]+=)?(.*)$/s;
function parseCommandTemplate(source, isName, expectation) {
  const names = /* @__PURE__ */ new Set();
  const takeName = (text) => {
    const name = WHOLE.exec(text)?.[1];
    if (name === void 0) {
      if (BRACED.test(text))
        throw new Refusal("invalid-value", `${truncateForMessage(text)} is not a placeholder. ${expectation}.`);
      const partial = [...text.matchAll(new RegExp(`\\{(${NAME})\\}`, "g"))].find(([, inner = ""]) => isName(inner));
      if (partial === void 0) return void 0;
      throw new Refusal(
        "invalid-value",
        `${partial[0]} in ${truncateForMessage(text)} is only a part of a value. A placeholder stands for a whole word, a whole value of an option, or a whole string in JSON.`
      );
    }
    if (!isName(name)) throw new Refusal("invalid-value", `{${name}} is not a placeholder. ${expectation}.`);
    names.add(name);
    return name;
  };
  const parseWord = (word) => {
    const [, prefix = "", value = ""] = OPTION_VALUE.exec(word) ?? [];
    const json = parseJsonContainer(value);
    if (json !== void 0) {
      visitStrings(json, takeName);
      return { kind: "json", prefix, json };
    }
    const name = takeName(value);
    return name === void 0 ? { kind: "text", text: word } : { kind: "value", prefix, name };
  };
  const words = (typeof source === "string" ? splitCommandLine(source) : source).map(parseWord);
  return { words, names: [...names] };
}
function fillCommandTemplate({ words }, values) {
  const take = (name) => {
    if (values.has(name)) return values.get(name);
    throw new Refusal("missing-value", `There is no value for {${name}}.`);
  };
  return words.map((word) => {
    if (word.kind === "text") return word.text;
    if (word.kind === "json") return `${word.prefix}${JSON.stringify(fillJson(word.json, take))}`;
    const value = take(word.name);
    if (value === null) throw new Refusal("missing-value", `The value for {${word.name}} is null.`);
    return `${word.prefix}${typeof value === "string" ? value : JSON.stringify(value)}`;
  });
}
function parseJsonContainer(text) {
  if (!/^\s*[[{]/.test(text) || WHOLE.test(text)) return void 0;
  try {
    const value = parseJsonKeepingNumbers(text);
    return isJsonObject(value) || Array.isArray(value) ? value : void 0;
  } catch {
    return void 0;
  }
}
function visitStrings(json, visit) {
  if (typeof json === "string") visit(json);
  else if (Array.isArray(json)) for (const element of json) visitStrings(element, visit);
  else if (isJsonObject(json)) {
    for (const [key, member] of Object.entries(json)) {
      if (WHOLE.test(key))
        throw new Refusal(
          "invalid-value",
          `${truncateForMessage(key)} is a name in JSON. A placeholder stands for a value only.`
        );
      visitStrings(member, visit);
    }
  }
}
function fillJson(json, take) {
  if (typeof json === "string") {
    const name = WHOLE.exec(json)?.[1];
    return name === void 0 ? json : take(name);
  }
  if (Array.isArray(json)) return json.map((element) => fillJson(element, take));
  if (!isJsonObject(json)) return json;
  return Object.fromEntries(Object.entries(json).map(([key, member]) => [key, fillJson(member, take)]));
}

// client/pipeline/read-inputs.ts
init_refusal();

// client/mwaa/duration.ts
var MS_PER_UNIT = { s: 1e3, m: 6e4, h: 36e5 };
var MAX_DURATION_MS = 7 * 24 * MS_PER_UNIT.h;
function parseDuration(text, option) {
  const [, number, unit = "s"] = /^(\d+)([smh]?)$/.exec(text) ?? [];
  const ms = Number(number) * MS_PER_UNIT[unit || "s"];
  if (ms > 0 && ms <= MAX_DURATION_MS) return ms;
  throw new UsageError(`${option} ${text} is not a duration of up to 7 days. Examples: 90s, 30m, 2h.`);
}
function formatDuration(ms) {
  const seconds = Math.round(ms / 1e3);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const first = parts.findIndex((part) => part > 0);
  if (first === -1) return "0s";
  return parts.map((part, index) => `${part}${"hms"[index]}`).slice(first, first + 2).filter((text) => !text.startsWith("0")).join(" ");
}

// client/setting-variables.ts
var SETTING_VARIABLES = {
  url: "MWAA_CLI_PROXY_URL",
  environment: "MWAA_ENVIRONMENT",
  airflowVersion: "MWAA_AIRFLOW_VERSION",
  webServerHostname: "MWAA_WEB_SERVER_HOSTNAME",
  region: "AWS_REGION",
  awsProfile: "AWS_PROFILE",
  token: "MWAA_CLI_PROXY_TOKEN",
  tokenFile: "MWAA_CLI_PROXY_TOKEN_FILE",
  tokenCommand: "MWAA_CLI_PROXY_TOKEN_COMMAND",
  waitSeconds: "MWAA_CLI_PROXY_WAIT",
  stderr: "MWAA_CLI_PROXY_STDERR"
};

// client/pipeline/read-inputs.ts
var LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
var VARIABLE = /^env\.([A-Za-z_]\w*)$/;
var EXPECTATION = "A placeholder names a variable of the step, as in {env.NAME}";
function readInputs(getInput, variables) {
  const url = require2(getInput("url") || variables[SETTING_VARIABLES.url], `the input url, or the variable ${SETTING_VARIABLES.url}, to the address of the API, as in https://abc123.execute-api.eu-west-1.amazonaws.com/v1`);
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new SettingsError(`The address of the API is not a URL: ${url}`);
  if (url.startsWith("http:") && !LOOPBACK.test(new URL(url).hostname))
    throw new SettingsError(`The address of the API has no TLS: ${url}. Begin it with https://`);
  const environment = require2(getInput("environment") || variables[SETTING_VARIABLES.environment], `the input environment, or the variable ${SETTING_VARIABLES.environment}, to the name of the environment`);
  const command = require2(getInput("command"), "the input command to an Airflow command, as in dags list");
  const argv = fillCommand(command, variables);
  const isTrigger = argv[0] === "trigger_dag" || argv[0] === "dags" && argv[1] === "trigger";
  const wait = readBoolean(getInput, "wait", false);
  if (wait && !isTrigger)
    throw new UsageError('The input wait can be true only for "dags trigger": no other command creates a run.');
  return {
    url,
    environment,
    command,
    argv,
    isTrigger,
    wait,
    printsOutput: readBoolean(getInput, "print-output", true),
    timeoutMs: parseDuration(getInput("timeout") || "30m", "The input timeout"),
    intervalMs: parseDuration(getInput("interval") || "5s", "The input interval"),
    idempotencyKey: getInput("idempotency-key") || void 0
  };
}
function require2(text, what) {
  const value = text?.trim() ?? "";
  if (value !== "") return value;
  throw new SettingsError(`Set ${what}.`);
}
function readBoolean(getInput, name, byDefault) {
  const value = getInput(name).trim();
  if (value === "") return byDefault;
  if (["true", "True", "TRUE"].includes(value)) return true;
  if (["false", "False", "FALSE"].includes(value)) return false;
  throw new UsageError(`The input ${name} is ${JSON.stringify(value)}. Set it to true or false.`);
}
function fillCommand(command, variables) {
  try {
    const template = parseCommandTemplate(command, (name) => VARIABLE.test(name), EXPECTATION);
    const values = new Map(template.names.map((name) => [name, getVariable(name, variables)]));
    template.words.forEach((word) => {
      if (word.kind === "value" && word.prefix === "" && values.get(word.name)?.startsWith("-"))
        throw new UsageError(`The value of {${word.name}} begins with "-". A value cannot be an option.`);
    });
    const argv = fillCommandTemplate(template, values);
    return argv[0] === "airflow" ? argv.slice(1) : argv;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new UsageError(`The input command cannot be read. ${error.message}`, { cause: error });
  }
}
function getVariable(name, variables) {
  const [, variable = ""] = VARIABLE.exec(name) ?? [];
  const value = variables[variable];
  if (value !== void 0) return value;
  throw new UsageError(`The command has {${name}}, and the step has no variable ${variable}. Set it with "env".`);
}

// airflow/complete-invocation.ts
init_refusal();
var RUN_ID_PREFIX = "mwaa-cli-proxy__";

// contract/problem-type-prefix.ts
var PROBLEM_TYPE_PREFIX = "urn:mwaa-cli-proxy:problem:";

// airflow/compare-releases.ts
function compareReleases(a, b) {
  const [left, right] = [parseNumbers(a), parseNumbers(b)];
  const differences = left.slice(0, right.length).map((part, index) => part - right[index]);
  return differences.find((difference) => difference !== 0) ?? left.length - right.length;
}
var parseNumbers = (release) => release.split(".").map((part) => Number.parseInt(part, 10) || 0);
var isReleaseAtLeast = (release, other) => compareReleases(release, other) >= 0;

// airflow/command-effects.ts
var COMMAND_EFFECTS = {
  "api-server": ["costs-web-server"],
  "assets details": ["reads"],
  "assets list": ["reads"],
  "assets materialize": ["starts-runs"],
  "aws-auth-manager init-avp": ["changes-access"],
  "aws-auth-manager update-avp-schema": ["changes-access"],
  "backfill create": ["controls-runs", "costs-web-server"],
  "celery add-queue": ["changes-state"],
  "celery flower": ["costs-web-server"],
  "celery list-workers": ["reads"],
  "celery remove-all-queues": ["changes-state"],
  "celery remove-queue": ["changes-state"],
  "celery shutdown-all-workers": ["changes-state"],
  "celery shutdown-worker": ["changes-state"],
  "celery stop": ["changes-state"],
  "celery worker": ["runs-code", "costs-web-server"],
  "cheat-sheet": ["reads"],
  "config get-value": ["reads", "prints-secrets"],
  "config lint": ["reads"],
  "config list": ["reads"],
  "config update": ["changes-state", "prints-secrets"],
  "connections add": ["changes-access"],
  "connections create-default-connections": ["changes-access"],
  "connections delete": ["changes-access", "destroys-data"],
  "connections export": ["prints-secrets", "uses-files"],
  "connections get": ["reads", "prints-secrets"],
  "connections import": ["changes-access", "uses-files"],
  "connections list": ["reads"],
  "connections test": ["runs-code"],
  "dag-processor": ["runs-code", "costs-web-server"],
  "dags backfill": ["runs-code", "controls-runs", "costs-web-server"],
  "dags clear": ["controls-runs"],
  "dags delete": ["destroys-data"],
  "dags details": ["reads"],
  "dags list": ["reads"],
  "dags list-import-errors": ["reads"],
  "dags list-jobs": ["reads"],
  "dags list-runs": ["reads"],
  "dags next-execution": ["reads"],
  "dags pause": ["controls-runs"],
  "dags report": ["reads"],
  "dags reserialize": ["changes-state"],
  "dags show": ["reads"],
  "dags show-dependencies": ["reads"],
  "dags state": ["reads"],
  "dags test": ["runs-code", "changes-state"],
  "dags trigger": ["starts-runs"],
  "dags unpause": ["controls-runs"],
  "db check": ["reads"],
  "db check-migrations": ["reads"],
  "db clean": ["destroys-data"],
  "db downgrade": ["destroys-data"],
  "db drop-archived": ["destroys-data"],
  "db export-archived": ["changes-state", "uses-files"],
  "db init": ["changes-state"],
  "db migrate": ["changes-state"],
  "db reset": ["destroys-data"],
  "db shell": ["runs-code", "destroys-data", "prints-secrets"],
  "db upgrade": ["changes-state"],
  "db-manager downgrade": ["runs-code", "destroys-data"],
  "db-manager migrate": ["runs-code", "changes-state"],
  "db-manager reset": ["runs-code", "destroys-data"],
  "fab-db downgrade": ["destroys-data"],
  "fab-db migrate": ["changes-state"],
  "fab-db reset": ["destroys-data"],
  info: ["reads", "prints-secrets"],
  "jobs check": ["reads"],
  kerberos: ["costs-web-server"],
  "kubernetes cleanup-pods": ["destroys-data"],
  "kubernetes generate-dag-yaml": ["prints-secrets"],
  "partitions clear": ["controls-runs"],
  "permissions-cleanup": ["changes-access"],
  plugins: ["reads"],
  "pools delete": ["destroys-data"],
  "pools export": ["uses-files"],
  "pools get": ["reads"],
  "pools import": ["changes-state", "uses-files"],
  "pools list": ["reads"],
  "pools set": ["changes-state"],
  "providers auth": ["reads"],
  "providers auth-managers": ["reads"],
  "providers behaviours": ["reads"],
  "providers configs": ["reads"],
  "providers executors": ["reads"],
  "providers get": ["reads"],
  "providers hooks": ["reads"],
  "providers lazy-loaded": ["reads"],
  "providers links": ["reads"],
  "providers list": ["reads"],
  "providers logging": ["reads"],
  "providers notifications": ["reads"],
  "providers queues": ["reads"],
  "providers secrets": ["reads"],
  "providers triggers": ["reads"],
  "providers widgets": ["reads"],
  "roles add-perms": ["changes-access"],
  "roles create": ["changes-access"],
  "roles del-perms": ["changes-access"],
  "roles delete": ["changes-access", "destroys-data"],
  "roles export": ["uses-files"],
  "roles import": ["changes-access", "uses-files"],
  "roles list": ["reads"],
  "rotate-fernet-key": ["changes-access"],
  scheduler: ["runs-code", "costs-web-server"],
  standalone: ["runs-code", "changes-access", "prints-secrets", "costs-web-server"],
  "state-store clean": ["destroys-data"],
  "sync-perm": ["changes-access"],
  "tasks clear": ["controls-runs"],
  "tasks failed-deps": ["reads"],
  "tasks list": ["reads"],
  "tasks render": ["reads", "prints-secrets"],
  "tasks run": ["runs-code", "changes-state"],
  "tasks state": ["reads"],
  "tasks states-for-dag-run": ["reads"],
  "tasks test": ["runs-code"],
  "teams create": ["changes-access"],
  "teams delete": ["changes-access", "destroys-data"],
  "teams list": ["reads"],
  "teams sync": ["changes-access"],
  triggerer: ["runs-code", "costs-web-server"],
  "users add-role": ["changes-access"],
  "users create": ["changes-access"],
  "users delete": ["changes-access", "destroys-data"],
  "users export": ["uses-files"],
  "users import": ["changes-access", "uses-files"],
  "users list": ["reads"],
  "users remove-role": ["changes-access"],
  "users reset-password": ["changes-access"],
  "variables delete": ["destroys-data"],
  "variables export": ["prints-secrets", "uses-files"],
  "variables get": ["reads", "prints-secrets"],
  "variables import": ["changes-state", "uses-files"],
  "variables list": ["reads"],
  "variables set": ["changes-state"],
  version: ["reads"],
  webserver: ["costs-web-server"],
  // 1.10
  backfill: ["runs-code", "controls-runs", "costs-web-server"],
  checkdb: ["reads"],
  clear: ["controls-runs"],
  config: ["reads", "prints-secrets"],
  connections: ["changes-access", "prints-secrets"],
  create_user: ["changes-access"],
  dag_state: ["reads"],
  delete_dag: ["destroys-data"],
  delete_user: ["changes-access", "destroys-data"],
  flower: ["costs-web-server"],
  initdb: ["changes-state"],
  list_dag_runs: ["reads"],
  list_dags: ["reads"],
  list_tasks: ["reads"],
  list_users: ["reads"],
  next_execution: ["reads"],
  pause: ["controls-runs"],
  pool: ["changes-state"],
  render: ["reads", "prints-secrets"],
  resetdb: ["destroys-data"],
  rotate_fernet_key: ["changes-access"],
  run: ["runs-code", "changes-state"],
  serve_logs: ["costs-web-server"],
  shell: ["runs-code", "destroys-data", "prints-secrets"],
  show_dag: ["reads"],
  sync_perm: ["changes-access"],
  task_failed_deps: ["reads"],
  task_state: ["reads"],
  test: ["runs-code"],
  trigger_dag: ["starts-runs"],
  unpause: ["controls-runs"],
  upgradedb: ["changes-state"],
  variables: ["changes-state", "prints-secrets"],
  worker: ["runs-code", "costs-web-server"]
};
var findBaseEffects = (path) => {
  const name = path.join(" ");
  return Object.hasOwn(COMMAND_EFFECTS, name) ? COMMAND_EFFECTS[name] : void 0;
};
var isReadOnlyCommand = (path) => findBaseEffects(path)?.includes("reads") ?? false;
function startsWithReadOnlyCommand(argv) {
  const paths = argv.slice(0, 2).map((_, index) => argv.slice(0, index + 1).map(String));
  const command = paths.findLast((path) => findBaseEffects(path) !== void 0);
  return command !== void 0 && isReadOnlyCommand(command);
}

// contract/routes.ts
var RELAY_ROUTES = {
  cli: "POST",
  health: "GET",
  run: "GET"
};
var FRONT_ROUTES = {
  commands: "GET",
  explain: "POST"
};
var ENVIRONMENT_ROUTES = { ...RELAY_ROUTES, ...FRONT_ROUTES };
var REST_ROUTE = "api";
var DEPLOYMENT_ROUTE = "deployment";
var QUEUED_ROUTES = /* @__PURE__ */ new Set([...Object.keys(RELAY_ROUTES), REST_ROUTE, DEPLOYMENT_ROUTE]);
var OIDC_PATH = "oidc";

// client/library/sign-request.ts
var import_node_crypto3 = require("node:crypto");
var ALGORITHM = "AWS4-HMAC-SHA256";
function signRequest({ method, address, headers, body = "" }, { credentials, region, service, date }) {
  const time = date.toISOString().replace(/\.\d+|[:-]/g, "");
  const day = time.slice(0, 8);
  const bodyHash = (0, import_node_crypto3.hash)("sha256", body);
  const signed = {
    ...headers,
    host: address.host,
    "x-amz-date": time,
    "x-amz-content-sha256": bodyHash,
    ...credentials.sessionToken ? { "x-amz-security-token": credentials.sessionToken } : {}
  };
  const names = Object.keys(signed).sort();
  const canonicalRequest = [
    method,
    formatPath(address),
    formatQuery(address),
    ...names.map((name) => `${name}:${signed[name].trim().replace(/\s+/g, " ")}`),
    "",
    names.join(";"),
    bodyHash
  ].join("\n");
  const scope = `${day}/${region}/${service}/aws4_request`;
  const key = [day, region, service, "aws4_request"].reduce(
    (parent, text) => (0, import_node_crypto3.createHmac)("sha256", parent).update(text).digest(),
    `AWS4${credentials.secretAccessKey}`
  );
  const signature = (0, import_node_crypto3.createHmac)("sha256", key).update([ALGORITHM, time, scope, (0, import_node_crypto3.hash)("sha256", canonicalRequest)].join("\n")).digest("hex");
  return {
    ...signed,
    authorization: `${ALGORITHM} Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`
  };
}
function formatPath({ pathname }) {
  const path = pathname.replace(/\/+/g, "/");
  return path.split("/").map(encode).join("/");
}
var formatQuery = ({ searchParams }) => [...searchParams].map((pair) => pair.map(encode)).sort(([a, x], [b, y]) => compareText(a, b) || compareText(x, y)).map((pair) => pair.join("=")).join("&");
var compareText = (a, b) => a < b ? -1 : a > b ? 1 : 0;
var encode = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

// client/library/signed-fetch.ts
async function signedFetch(address, body, credentials, region, {
  headers: extraHeaders = {},
  signal,
  service = "execute-api",
  send = sendHttpRequest
} = {}) {
  const signed = signRequest(
    {
      method: body === void 0 ? "GET" : "POST",
      address,
      headers: { ...body !== void 0 && { "content-type": "application/json" }, ...extraHeaders },
      body
    },
    {
      credentials: typeof credentials === "function" ? await credentials() : credentials,
      region,
      service,
      date: /* @__PURE__ */ new Date()
    }
  );
  return send(address, { body, headers: signed, signal });
}

// client/library/request-json.ts
async function requestJson(proxy, path, options = {}) {
  const response = await sendApiRequest(proxy, path, options);
  const text = await response.text();
  if (response.ok) {
    const body = parseJsonObject(text);
    if (body !== void 0 && hasMember(body, options.member)) return { ok: true, value: body };
  }
  const retryAfterSeconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  return {
    ok: false,
    problem: parseProblem(text, response.status),
    ...retryAfterSeconds >= 0 ? { retryAfterSeconds } : {}
  };
}
async function sendApiRequest(proxy, path, { body, headers = {}, signal } = {}) {
  const url = getApiUrl(proxy, path);
  const { send = sendHttpRequest } = proxy;
  if (!("token" in proxy)) {
    const options = { headers, send, ...signal === void 0 ? {} : { signal } };
    return signedFetch(url, body, proxy.credentials, proxy.region, options);
  }
  const authorization = `Bearer ${checkToken(await proxy.token())}`;
  const bodyHeaders = body === void 0 ? {} : { "content-type": "application/json" };
  return send(url, { body, headers: { ...headers, ...bodyHeaders, authorization }, signal });
}
var TOKEN = /^[\x21-\x7e]+$/;
function checkToken(token) {
  if (TOKEN.test(token)) return token;
  const fault = token === "" ? "is empty" : "has characters that a token cannot have";
  throw new SettingsError(`The token ${fault}. Check where it comes from.`);
}
var getApiUrl = (proxy, path) => new URL(`${proxy.url.replace(/\/+$/, "")}${"token" in proxy ? `/${OIDC_PATH}` : ""}${path}`);
function hasMember(body, member) {
  if (member === void 0) return true;
  const value = body[member.name];
  if (member.value === "list") return Array.isArray(value);
  return member.value === "boolean" ? typeof value === "boolean" : member.value.includes(value);
}
function parseProblem(text, status) {
  const problem = parseJsonObject(text);
  if (String(problem?.type).startsWith(PROBLEM_TYPE_PREFIX) && typeof problem?.detail === "string")
    return { ...problem, status };
  const detail = `The response (HTTP ${status}) is not from the proxy. Check that MWAA_CLI_PROXY_URL is the address of its API.`;
  return { type: FOREIGN_ANSWER_TYPE, title: "Unexpected response", status, detail };
}

// client/library/slot-wait.ts
var SlotWait = class {
  #patienceSeconds;
  #onWait;
  #waitedSeconds = 0;
  #isFirst = true;
  constructor(patienceSeconds = SLOT_LIMITS.waitSeconds, onWait) {
    this.#patienceSeconds = patienceSeconds;
    this.#onWait = onWait;
  }
  /** The header that says how long the next request may wait (RFC 7240). Without it, the proxy waits as long as it is configured to. */
  get headers() {
    const left = Math.max(this.#patienceSeconds - this.#waitedSeconds, 0);
    const seconds = this.#isFirst && this.#onWait !== void 0 ? Math.min(left, SLOT_LIMITS.firstWaitSeconds) : left;
    return seconds > SLOT_LIMITS.requestSeconds ? {} : { prefer: `wait=${Math.floor(seconds)}` };
  }
  /**
   * Called after a request that got no slot.
   *
   * @param requestSeconds how long the request took
   * @returns seconds until the next request. Undefined if the command has waited long enough
   */
  getPauseSeconds(requestSeconds, retryAfterSeconds = 0) {
    const pauseSeconds = addJitter(Math.max(retryAfterSeconds, SLOT_LIMITS.minPauseSeconds));
    this.#waitedSeconds += requestSeconds + pauseSeconds;
    if (this.#waitedSeconds >= this.#patienceSeconds) return void 0;
    if (this.#isFirst) this.#onWait?.();
    this.#isFirst = false;
    return pauseSeconds;
  }
};
var addJitter = (seconds) => seconds * (1 + RETRY_LIMITS.jitter * Math.random());

// client/library/request-with-retry.ts
async function requestWithRetry(proxy, path, options, isReadOnly, slotWait) {
  const { headers, signal } = options;
  const isKeyed = headers?.["idempotency-key"] !== void 0;
  let attempts = 0;
  let attemptSeconds = 0;
  let unknownOutcome;
  for (; ; ) {
    const startedAt = process.uptime();
    const result = await requestJson(proxy, path, {
      ...options,
      headers: { ...headers, ...slotWait?.headers }
    }).catch((error) => {
      if (error instanceof ConnectionError) return { ok: false, error };
      throw signal?.aborted ? error : unknownOutcome ?? error;
    });
    if (result.ok) return result.value;
    const seconds = process.uptime() - startedAt;
    const failure = toFailure(result, isReadOnly, isKeyed);
    const { problem, retryAfterSeconds } = "error" in result ? {} : result;
    const isBusy = slotWait !== void 0 && isStartedLater(failure, retryAfterSeconds);
    if (failure.outcomeUnknown) unknownOutcome = failure;
    const isFinal = failure instanceof ProxyProblem && FINAL_PROBLEMS.includes(failure.code);
    const thrown = isFinal ? failure : unknownOutcome ?? failure;
    let pauseSeconds;
    if (isBusy) {
      pauseSeconds = slotWait.getPauseSeconds(seconds, retryAfterSeconds);
    } else {
      attempts += 1;
      attemptSeconds += seconds;
      const isDueSoon = retryAfterSeconds !== void 0 && retryAfterSeconds <= RETRY_LIMITS.retryAfterSeconds;
      if (attempts === RETRY_LIMITS.attempts || attemptSeconds >= RETRY_LIMITS.attemptSeconds) throw thrown;
      if (isRepeated(failure, isReadOnly, isKeyed))
        pauseSeconds = addJitter(Math.max(retryAfterSeconds ?? 0, attempts));
      else if (problem?.retrySafe === true && isDueSoon) pauseSeconds = addJitter(retryAfterSeconds);
    }
    if (pauseSeconds === void 0) throw thrown;
    const { setTimeout: delay } = process.getBuiltinModule("node:timers/promises");
    await delay(pauseSeconds * 1e3, void 0, signal ? { signal } : {}).catch(() => {
      throw isBusy ? thrown : signal?.reason;
    });
  }
}
function isStartedLater(failure, retryAfterSeconds) {
  if (!(failure instanceof ProxyProblem) || !Object.hasOwn(STARTED_LATER, failure.code)) return false;
  return STARTED_LATER[failure.code] === "always" || retryAfterSeconds !== void 0;
}
function toFailure(result, isReadOnly, isKeyed) {
  if ("error" in result) {
    const { message, requestSent, cause } = result.error;
    return new ConnectionError(message, requestSent, isReadOnly, { cause });
  }
  const failure = describeForeignAnswer(result.problem, isReadOnly);
  return isKeyed || isRepeated(failure, isReadOnly, isKeyed) ? new ProxyProblem({ ...failure.problem, retrySafe: true }, isReadOnly) : failure;
}
function describeForeignAnswer(problem, isReadOnly) {
  const failure = new ProxyProblem(problem, isReadOnly);
  if (problem.type !== FOREIGN_ANSWER_TYPE || !failure.outcomeUnknown) return failure;
  return new ProxyProblem({ ...problem, detail: `${problem.detail} ${CHECK_ADVICE}` }, isReadOnly);
}
function isRepeated(failure, isReadOnly, isKeyed) {
  if (failure instanceof ConnectionError) return failure.requestSent && (isReadOnly || isKeyed);
  return isReadOnly && REPEATED_IF_READ_ONLY.includes(failure.code) || isKeyed && REPEATED_WITH_KEY.includes(failure.code) || (isReadOnly || isKeyed) && isForeignAnswer(failure.problem, FOREIGN_ANSWERS.repeated);
}

// client/library/request-command.ts
var getPath = (environment, route) => `/environments/${encodeURIComponent(environment)}/${route}`;
var requestCommand = (proxy, environment, argv, options) => request(proxy, environment, argv, options);
var requestSplitCommand = (proxy, environment, argv, options) => request(proxy, environment, argv, options, { streams: "split" });
function request(proxy, environment, argv, { format = "json", idempotencyKey, waitSeconds, onWait, signal }, members = {}) {
  const options = {
    body: JSON.stringify({ argv, format, ...members }),
    member: ANSWER_MEMBERS.cli,
    headers: idempotencyKey === void 0 ? {} : { "idempotency-key": idempotencyKey },
    signal
  };
  const slotWait = new SlotWait(waitSeconds, onWait);
  return requestWithRetry(proxy, getPath(environment, "cli"), options, startsWithReadOnlyCommand(argv), slotWait);
}

// client/library/wait-rules.ts
var POLL_LIMITS = {
  /** How long to wait by default for the end of a run. */
  timeoutMs: 18e5,
  /** The first pause by default. */
  intervalMs: 5e3,
  /** Each pause is this many times as long as the one before it. */
  pauseGrowth: 1.5,
  /** Long, because MWAA runs about four commands at once, and each poll starts a Python process. */
  maxPauseMs: 6e4,
  /** Pauses vary by this fraction, so that clients that started together do not poll together. */
  pauseJitter: 0.2,
  /** The last poll starts this long before the timeout, so that it can complete. */
  lastPollMs: 1e4
};
var TRANSIENT_PROBLEMS = /* @__PURE__ */ new Set([
  "busy",
  "relay-unavailable",
  "relay-failed",
  "policy-unavailable",
  "policy-changed",
  "airflow-busy",
  "airflow-unreachable",
  "airflow-error",
  "airflow-timeout",
  "environment-not-available",
  "token-throttled",
  "token-unreachable",
  "token-timeout",
  "throttled",
  "authorizer-failed",
  "gateway-error",
  "gateway-timeout",
  "internal-error",
  "outcome-unknown",
  "outcome-unclear",
  "command-failed"
]);

// airflow/note-texts.ts
var NOTE_TEXTS = {
  "nothing-matched": "Airflow exited with 0 and says that there was nothing to do.",
  "success-either-way": "Airflow exits with 0 and prints the same, whether or not there was anything to do.",
  "exit-status-misleads": "The answer is complete. Airflow exits with 1 because there are import errors to list.",
  "task-failed": "The task failed, although Airflow exited with 0.",
  "part-failed": "Airflow exited with 0, but its output says that all or part of the command failed.",
  "not-as-asked": "Airflow exited with 0 and says that it ignored or replaced a value, or that the result has no effect.",
  "dag-is-paused": "The DAG is paused. Its runs do not start until you unpause it.",
  "no-logical-date": "The run has no logical date. Listings that filter by date never show it."
};

// client/airflow/print-streams.ts
var QUIET_KINDS = ["notice", "warning"];
var QUIET_NOTES = ["success-either-way", "no-logical-date"];

// client/pipeline/step-result.ts
var MAX_PRINTED_CHARACTERS2 = 6e4;
var MIN_MASKED_CHARACTERS = 4;
function getAnswer(result) {
  if (result.replayed) return JSON.stringify(result.output);
  return ("answer" in result ? result.answer : result.stdout).replace(/\r?\n$/, "");
}
var getReplayedState = ({ output }) => Array.isArray(output) ? output[0]?.state : void 0;
function printResult(pipeline, result, printsOutput) {
  const { outcome, runId, replayed, notes = [] } = result;
  const origin = replayed ? " (an earlier request with the same key started it)" : "";
  pipeline.print(`Airflow: ${outcome}${runId === void 0 ? "" : `, run ${runId}${origin}`}`);
  if (printsOutput) printStreams(pipeline, result);
  else
    for (const line of getAnswer(result).split("\n"))
      if (line.trim().length >= MIN_MASKED_CHARACTERS) pipeline.mask(line.trim());
  for (const note of notes) {
    if (!QUIET_NOTES.includes(note)) pipeline.warn(NOTE_TEXTS[note] ?? note);
  }
  if (outcome === "unverified")
    pipeline.print("Airflow printed nothing that shows whether the command succeeded: the outcome is unverified.");
}
function printStreams(pipeline, result) {
  const messages = "messages" in result && !result.replayed ? result.messages : [];
  const shown = messages.filter(({ kind }) => result.outcome === "failed" || !QUIET_KINDS.includes(kind));
  const text = [getAnswer(result), ...shown.map((message) => message.text.trimEnd())].join("\n");
  if (text.trim() !== "") pipeline.print(keepEnd(text, MAX_PRINTED_CHARACTERS2));
}
function getPrinted(problem) {
  if (problem === void 0) return void 0;
  const { answer, messages = [], stdout = "", stderr = "" } = problem;
  const texts = [answer ?? stdout, ...messages.map(({ text }) => text), stderr].map((text) => text.trimEnd());
  const printed = texts.filter((text) => text !== "").join("\n");
  return printed === "" ? void 0 : keepEnd(printed, MAX_PRINTED_CHARACTERS2);
}

// client/pipeline/send-command.ts
var EXAMPLE_RUN_ID = `${RUN_ID_PREFIX}request-00000000-0000-0000-0000-000000000000`;
var MAX_KEYS = 20;
var RUN_ID_OPTION = /^(?:--run[-_]id(?:=|$)|-r)/;
async function checkRunIsWaitable({ client, inputs, signal, onWait }) {
  const explanation = await client.explain(inputs.argv, { signal });
  if (!explanation.allowed) {
    const { code, detail } = explanation.refusal;
    const type = `${PROBLEM_TYPE_PREFIX}${code === "not-granted" ? code : "invalid-command"}`;
    throw new ProxyProblem({ type, title: detail, status: 403, detail }, true);
  }
  const dagId = splitCommandLine(explanation.commandLine).at(-1);
  try {
    await client.runState(dagId, EXAMPLE_RUN_ID, { signal, onWait });
  } catch (error) {
    if (!(error instanceof ProxyProblem)) throw error;
    const { code, problem } = error;
    if (code !== "run-not-found" && !TRANSIENT_PROBLEMS.has(code)) {
      const detail = `The trigger was not sent, because its run could not be polled. ${problem.detail}`;
      throw new ProxyProblem({ ...problem, detail }, true);
    }
  }
  return dagId;
}
async function sendCommand(context) {
  const { pipeline, inputs, cancellation: cancellation2, proxy, signal, onWait, facts } = context;
  const { argv, environment, idempotencyKey } = inputs;
  const hasDefaultKey = inputs.isTrigger && !argv.some((word) => RUN_ID_OPTION.test(word));
  const firstKey = idempotencyKey ?? (hasDefaultKey ? pipeline.createKey() : void 0);
  const isChained = pipeline.isRetriedWithSameKey && idempotencyKey === void 0;
  for (let count = 1; ; count++) {
    context.key = firstKey === void 0 || count === 1 ? firstKey : `${firstKey}/${count}`;
    if (context.key !== void 0) facts.set("Idempotency key", context.key);
    const before = context.mayHaveRun;
    const keyed = context.key === void 0 ? {} : { idempotencyKey: context.key };
    const result = await cancellation2.whileSending(
      () => requestSplitCommand(proxy, environment, argv, { signal, onWait, ...keyed })
    );
    const isOfEarlierAttempt = result.replayed === true && context.mayHaveRun === before + 1;
    if (!isChained || !isOfEarlierAttempt || getReplayedState(result) !== "failed" || count === MAX_KEYS) return result;
    pipeline.print(`The run ${result.runId} of an earlier attempt has failed: starting a new one.`);
  }
}

// client/library/poll-run.ts
async function pollRun(readState, signal) {
  try {
    return { run: await readState(signal) };
  } catch (error) {
    if (error instanceof ProxyProblem) return toPollResult(error);
    if (error instanceof ConnectionError) {
      return { transientError: `The proxy cannot be reached: ${error.cause.message}.` };
    }
    throw error;
  }
}
function toPollResult(error) {
  const { code, problem } = error;
  if (code === "run-not-found") return { run: void 0 };
  const isTransient = TRANSIENT_PROBLEMS.has(code) || // An error of a server between the client and the API.
  isForeignAnswer(problem, FOREIGN_ANSWERS.repeated);
  if (isTransient) return { transientError: problem.detail };
  throw error;
}

// client/library/wait-for-run.ts
var PROCESS_CLOCK = {
  now: () => performance.now(),
  sleep: (ms, signal) => process.getBuiltinModule("node:timers/promises").setTimeout(ms, void 0, { signal }),
  random: Math.random
};
async function waitForRun(poll, limits, observer, clock, signal) {
  const startedAt = clock.now();
  const maxPauseMs = Math.max(POLL_LIMITS.maxPauseMs, limits.initialIntervalMs);
  let pauseMs = limits.initialIntervalMs;
  let state;
  for (let isLast = false; ; ) {
    const leftMs = limits.timeoutMs - (clock.now() - startedAt);
    const result = leftMs > 0 ? await pollWithTimeout(leftMs, poll, signal) : void 0;
    const sinceMs = clock.now() - startedAt;
    if (result === void 0) return { ended: "timed out", state };
    if ("transientError" in result) observer.onTransientError(result.transientError, sinceMs);
    else if (result.run === void 0) {
      if (state !== void 0 || sinceMs >= limits.appearanceTimeoutMs)
        return { ended: "not found", wasSeen: state !== void 0 };
    } else {
      state = result.run.state;
      if (state === "success" || state === "failed") return { ended: state, run: result.run };
      observer.onState(state, sinceMs);
    }
    if (isLast) return { ended: "timed out", state };
    const remainingMs = limits.timeoutMs - sinceMs;
    const nextPauseMs = pauseMs * (1 + POLL_LIMITS.pauseJitter * (2 * clock.random() - 1));
    isLast = nextPauseMs >= remainingMs - POLL_LIMITS.lastPollMs;
    await clock.sleep(
      isLast ? Math.max(remainingMs - POLL_LIMITS.lastPollMs, remainingMs / 2, 0) : nextPauseMs,
      signal
    );
    pauseMs = Math.min(pauseMs * POLL_LIMITS.pauseGrowth, maxPauseMs);
  }
}
async function pollWithTimeout(timeoutMs, poll, signal) {
  const timeout = AbortSignal.timeout(Math.ceil(timeoutMs));
  try {
    return await poll(AbortSignal.any([signal, timeout]));
  } catch (error) {
    if (timeout.aborted) return void 0;
    throw error;
  }
}

// client/library/wait-timeout-error.ts
var WaitTimeoutError = class extends Error {
  name = "WaitTimeoutError";
  /** The last state that was read. Undefined if none could be read. */
  state;
  constructor(runId, timeoutMs, state) {
    super(`Run ${runId} has not finished after ${timeoutMs / 1e3} s. Its last state is ${state ?? "unknown"}.`);
    this.state = state;
  }
};

// client/library/mwaa-cli-proxy-client.ts
var MwaaCliProxyClient = class {
  #proxy;
  #environment;
  /** @param environment its name in the proxy's configuration */
  constructor(proxy, environment) {
    this.#proxy = proxy;
    this.#environment = environment;
  }
  /**
   * Runs one command.
   *
   * @param argv the words of the command, without the leading `airflow`
   * @throws ProxyProblem, also if the signal is aborted between two requests for a slot: then it is `busy`, and the command did not run;
   *   ConnectionError, a TypeError, if there is no response; the signal's reason
   */
  run(argv, options = {}) {
    return requestCommand(this.#proxy, this.#environment, argv, options);
  }
  /** Returns whether a command is allowed and what would be sent. Runs nothing. Throws like `run`. */
  explain(argv, { format = "json", signal } = {}) {
    const options = { body: JSON.stringify({ argv, format }), member: ANSWER_MEMBERS.explain, signal };
    return this.#request("explain", options, true);
  }
  /**
   * The state of a DAG run. Needs a grant for the command that shows it in this release: see `docs/api.md`. Throws like `run`:
   * `run-not-found` if there is no such run.
   */
  async runState(dagId, runId, { waitSeconds, onWait, signal } = {}) {
    const query = Object.entries({ dagId, runId }).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
    const response = await this.#request(
      `run?${query.join("&")}`,
      { member: ANSWER_MEMBERS.run, signal },
      true,
      new SlotWait(waitSeconds, onWait)
    );
    const { state, logicalDate, startedAt, endedAt } = response;
    return {
      dagId,
      runId,
      state,
      ...logicalDate === void 0 ? {} : { logicalDate },
      ...startedAt === void 0 ? {} : { startedAt },
      ...endedAt === void 0 ? {} : { endedAt }
    };
  }
  /**
   * Waits until a DAG run has finished. Keeps polling while Airflow is busy or cannot be reached.
   *
   * ```ts
   * const { runId } = await airflow.run(['dags', 'trigger', 'daily'], { idempotencyKey });
   * const { state } = await airflow.wait('daily', runId!, { timeoutMs: 3_600_000 });
   * if (state === 'failed') throw new Error(`${runId} failed`);
   * ```
   *
   * @returns the run in its final state: `success` or `failed`
   * @throws WaitTimeoutError; ProxyProblem, such as `run-not-found` and `not-granted`; the signal's reason
   */
  async wait(dagId, runId, {
    timeoutMs = POLL_LIMITS.timeoutMs,
    intervalMs = POLL_LIMITS.intervalMs,
    appearanceTimeoutMs = 0,
    signal = new AbortController().signal,
    onState = () => {
    },
    onTransientError = () => {
    }
  } = {}) {
    let missing;
    const readState = (pollSignal) => this.runState(dagId, runId, { signal: pollSignal }).catch((error) => {
      missing = error;
      throw error;
    });
    const result = await waitForRun(
      (pollSignal) => pollRun(readState, pollSignal),
      { timeoutMs, initialIntervalMs: intervalMs, appearanceTimeoutMs },
      { onState, onTransientError },
      PROCESS_CLOCK,
      signal
    );
    if (result.ended === "timed out") throw new WaitTimeoutError(runId, timeoutMs, result.state);
    if (result.ended === "not found") throw missing;
    return result.run;
  }
  /** Lists the commands that the caller may run in this environment. Throws like `run`. */
  async commands(signal) {
    const options = { member: ANSWER_MEMBERS.commands, signal };
    const { commands } = await this.#request("commands", options, true);
    return commands;
  }
  /** Lists the environments in which the caller may run any command. Throws like `run`. */
  async environments(signal) {
    const { environments } = await requestWithRetry(
      this.#proxy,
      "/environments",
      { member: ANSWER_MEMBERS.environments, signal },
      true
    );
    return environments;
  }
  #request(route, options, isReadOnly, slotWait) {
    return requestWithRetry(this.#proxy, getPath(this.#environment, route), options, isReadOnly, slotWait);
  }
};

// client/pipeline/step-context.ts
var StepContext = class {
  pipeline;
  inputs;
  cancellation;
  proxy;
  client;
  /** Shown with a failure. */
  facts = /* @__PURE__ */ new Map();
  /** The last token, for messages. */
  token = "";
  /** How many requests had a command. */
  sent = 0;
  /** How many of them may have started the command: not those that got no slot. */
  mayHaveRun = 0;
  /** The idempotency key, if the command has one. */
  key;
  constructor(pipeline, inputs, cancellation2) {
    this.pipeline = pipeline;
    this.inputs = inputs;
    this.cancellation = cancellation2;
    this.proxy = {
      url: inputs.url,
      // Every request has a new token: it expires within minutes, and a run can take hours.
      token: async () => {
        this.token = await pipeline.getToken(cancellation2.signal);
        return this.token;
      },
      send: async (address, init) => {
        if (!address.pathname.endsWith("/cli")) return sendHttpRequest(address, init);
        this.sent += 1;
        try {
          const response = await sendHttpRequest(address, init);
          if (!isBeforeStart(response)) this.mayHaveRun += 1;
          return response;
        } catch (error) {
          if (!(error instanceof ConnectionError && !error.requestSent)) this.mayHaveRun += 1;
          throw error;
        }
      }
    };
    this.client = new MwaaCliProxyClient(this.proxy, inputs.environment);
    this.facts.set("Environment", inputs.environment);
    this.facts.set("Command", inputs.command);
  }
  get signal() {
    return this.cancellation.signal;
  }
  onWait = () => this.pipeline.print("Waiting for a free slot of the environment \u2026");
  /** @returns the exit code */
  fail({ exitCode, title, message }, more = {}) {
    this.pipeline.reportFailure({ title, message, facts: this.facts, ...more });
    return exitCode;
  }
};
var isBeforeStart = ({ status, headers }) => [429, 502, 503, 504].includes(status) && (headers.get("content-type") ?? "").startsWith("application/problem+json");

// airflow/rest/operation-command.ts
init_parse_json();
init_refusal();

// airflow/rest/check-body-names.ts
init_parse_json();
init_refusal();

// airflow/render-command-line.ts
function quoteWord(word) {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  const assignment = /^--[\w-]+=/.exec(word)?.[0] ?? "";
  return `${assignment}'${word.slice(assignment.length).replaceAll("'", `'"'"'`)}'`;
}

// client/mwaa/wait/format-task-logs-command.ts
function formatTaskLogsCommand(environment, release, query) {
  const since = query.startedAt?.replace(/\.\d+/, "").replace(/[+-]00:00$/, "Z") ?? "1d";
  const prefix = isReleaseAtLeast(release, "2.3") ? formatStreamPrefix(query) : formatStreamPrefixBefore23(query);
  return `aws logs tail airflow-${environment}-Task --since ${since} --log-stream-name-prefix ${quoteWord(prefix.replaceAll(":", "_"))}`;
}
var formatStreamPrefix = ({ dagId, runId, taskId }) => `dag_id=${dagId}/run_id=${runId}/${taskId === void 0 ? "" : `task_id=${taskId}/`}`;
var formatStreamPrefixBefore23 = ({ dagId, taskId }) => `${dagId}/${taskId === void 0 ? "" : `${taskId}/`}`;

// client/mwaa/wait/wait-exit-codes.ts
var WAIT_EXIT_CODES = {
  /** `EX_NOINPUT` of `sysexits.h`. */
  noRun: 66,
  /** As for `timeout(1)`. */
  timedOut: 124
};

// airflow/dag-run-state.ts
var findFirstStart = (output) => readRows(output).flatMap(({ start_date: startedAt }) => startedAt ? [String(startedAt)] : []).sort()[0];
var readRows = (output) => Array.isArray(output) ? output : [];

// client/pipeline/find-failed-tasks.ts
var FAILED_STATES = ["failed", "upstream_failed"];
async function findFailedTasks(run, airflowVersion, dagId, runId) {
  if (!isReleaseAtLeast(airflowVersion, "2.2"))
    return { tasks: [], note: `Airflow ${airflowVersion} has no command that lists the tasks of a run by its id.` };
  try {
    const { output, outcome } = await run(["tasks", "states-for-dag-run", "--output=json", "--", dagId, runId]);
    if (outcome !== "succeeded" || !Array.isArray(output))
      return { tasks: [], note: "The tasks are not known: the answer of Airflow cannot be relied on." };
    const tasks = output.filter((row) => FAILED_STATES.includes(row?.state)).map(toFailedTask);
    return {
      // A task that never ran, because another one failed, is no cause.
      tasks: tasks.some(({ state }) => state === "failed") ? tasks.filter(({ state }) => state === "failed") : tasks,
      startedAt: findFirstStart(output)
    };
  } catch (error) {
    if (!(error instanceof ProxyProblem || error instanceof TypeError)) throw error;
    const isRefused = error instanceof ProxyProblem && error.code === "not-granted";
    return {
      tasks: [],
      note: isRefused ? `The failed tasks are not shown, because "tasks states-for-dag-run" is not granted to this caller. To see them, ask for a grant of: tasks states-for-dag-run ${dagId} *` : `The failed tasks could not be read: ${error.message}`
    };
  }
}
var toFailedTask = (row) => ({
  taskId: String(row.task_id),
  state: String(row.state)
});

// client/pipeline/wait-for-step-run.ts
var APPEARANCE_TIMEOUT_MS = 3e5;
var FAILED_TASKS_TIMEOUT_MS = 12e4;
async function waitForStepRun(context, run) {
  const { pipeline, inputs, client, signal } = context;
  const { dagId, runId, result } = run;
  const setState = (state) => pipeline.setOutputs({ "run-state": state });
  let printed = "";
  const printChange = (text) => {
    if (text !== printed) pipeline.print(text);
    printed = text;
  };
  const startedAt = performance.now();
  let ended;
  try {
    ended = await client.wait(dagId, runId, {
      timeoutMs: inputs.timeoutMs,
      intervalMs: inputs.intervalMs,
      appearanceTimeoutMs: result === void 0 ? APPEARANCE_TIMEOUT_MS : 0,
      signal,
      onState: (state) => printChange(`Run ${runId}: ${state}`),
      onTransientError: (text) => printChange(`Run ${runId}: state unknown, will retry. ${text}`)
    });
  } catch (error) {
    if (error instanceof WaitTimeoutError && error.state !== void 0) setState(error.state);
    return context.fail(describeWaitFailure(context, run, error));
  }
  setState(ended.state);
  if (result === void 0) pipeline.setOutputs({ outcome: "succeeded", problem: "" });
  const duration = formatDuration(performance.now() - startedAt);
  if (ended.state !== "success") return reportFailedRun(context, run, ended, duration);
  pipeline.print(`Run ${runId}: success after ${duration}`);
  return EXIT_CODES.ok;
}
async function reportFailedRun(context, { dagId, runId, result }, { startedAt }, duration) {
  const { proxy, inputs } = context;
  const { environment } = inputs;
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(FAILED_TASKS_TIMEOUT_MS)]);
  const release = result?.airflowVersion ?? await findRelease(context);
  const run = (argv) => requestSplitCommand(proxy, environment, argv, { signal });
  const failed = await findFailedTasks(run, release, dagId, runId).catch(() => void 0);
  const { tasks = [], note } = failed ?? { note: "The failed tasks could not be read." };
  const logs = formatTaskLogsCommand(environment, release, {
    dagId,
    runId,
    startedAt: startedAt ?? failed?.startedAt,
    taskId: tasks.length === 1 ? tasks[0].taskId : void 0
  });
  const origin = result?.replayed ? " An earlier request with the same key started this run. For a new run, set another idempotency-key." : "";
  return context.fail(
    {
      exitCode: EXIT_CODES.failed,
      title: "The DAG run failed",
      message: `${runId} of ${dagId} failed after ${duration}.${origin}`
    },
    {
      failedTasks: tasks,
      taskNote: [
        ...note === void 0 ? [] : [note],
        `The task logs are in CloudWatch Logs (if ${environment} is also the name of the environment in MWAA):`,
        logs
      ].join("\n")
    }
  );
}
async function findRelease({ client, inputs, signal }) {
  const environments = await client.environments(signal).catch(() => []);
  return environments.find(({ name }) => name === inputs.environment)?.airflowVersion ?? "2.10";
}
function describeWaitFailure(context, { runId, result }, error) {
  const continues = result === void 0 ? `The run may exist: ${runId}.` : `The run continues: ${runId}.`;
  if (context.cancellation.isRequested)
    return { exitCode: EXIT_CODES.interrupted, title: "Cancelled", message: `The step no longer waits. ${continues}` };
  if (error instanceof WaitTimeoutError) {
    return {
      exitCode: WAIT_EXIT_CODES.timedOut,
      title: "The DAG run has not finished",
      message: `${error.message} The run continues. If it is queued: its DAG is paused, or other runs are ahead of it.`
    };
  }
  if (error instanceof ProxyProblem && error.code === "run-not-found") {
    const title = result === void 0 ? "The run was not created" : "The run no longer exists";
    return { exitCode: WAIT_EXIT_CODES.noRun, title, message: error.problem.detail };
  }
  const { exitCode, message } = describeFailure(error, context);
  return { exitCode, title: "The state of the run is not known", message: `${message} ${continues}` };
}

// client/pipeline/run-step.ts
async function runStep(pipeline, variables, cancellation2) {
  let inputs;
  try {
    inputs = readInputs((name) => pipeline.getInput(name), variables);
  } catch (error) {
    const failure = describeInputError(error);
    pipeline.setOutputs({ outcome: failure.outcome });
    pipeline.reportFailure({ ...failure, facts: /* @__PURE__ */ new Map() });
    return failure.exitCode;
  }
  const context = new StepContext(pipeline, inputs, cancellation2);
  let dagId;
  let result;
  try {
    if (inputs.wait) {
      dagId = await checkRunIsWaitable(context);
      context.facts.set("DAG", dagId);
    }
    result = await sendCommand(context);
  } catch (error) {
    return handleError(context, dagId, error);
  }
  return handleResult(context, dagId, result);
}
async function handleResult(context, dagId, result) {
  const { pipeline, inputs, cancellation: cancellation2, facts } = context;
  const { outcome, runId } = result;
  printResult(pipeline, result, inputs.printsOutput);
  pipeline.setOutputs({ outcome, "run-id": runId ?? "", problem: "", output: getAnswer(result) });
  if (runId !== void 0) facts.set("Run", runId);
  if (cancellation2.isRequested) {
    const run = runId === void 0 ? "" : ` The run continues: ${runId}.`;
    const message = `The step was cancelled. The command has ended: ${outcome}.${run}`;
    return context.fail({ exitCode: EXIT_CODES.interrupted, title: "Cancelled", message });
  }
  if (outcome === "failed") {
    const message = `Airflow says that the command failed: ${result.evidence}.`;
    return context.fail({ exitCode: EXIT_CODES.failed, title: "The command failed", message });
  }
  return dagId === void 0 || runId === void 0 ? EXIT_CODES.ok : waitForStepRun(context, { dagId, runId, result });
}
async function handleError(context, dagId, error) {
  const { pipeline, cancellation: cancellation2, facts } = context;
  const failure = describeFailure(error, context);
  const problem = error instanceof ProxyProblem ? error : void 0;
  const runId = context.sent > 0 ? problem?.problem.runId : void 0;
  pipeline.setOutputs({ outcome: failure.outcome, "run-id": runId ?? "", problem: problem?.code ?? "" });
  if (runId !== void 0) facts.set("Run", runId);
  const isUnknown = failure.exitCode === EXIT_CODES.unknown && !cancellation2.isRequested;
  if (!isUnknown || dagId === void 0 || runId === void 0)
    return context.fail(failure, { printed: getPrinted(problem?.problem) });
  pipeline.print(`It is unknown whether the run was created: looking for ${runId}.`);
  return waitForStepRun(context, { dagId, runId, result: void 0 });
}

// client/pipeline/use-network-proxy.ts
var import_node_http = __toESM(require("node:http"), 1);
var import_node_https = __toESM(require("node:https"), 1);
function useNetworkProxy(variables) {
  const names = ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"];
  if (!names.some((name) => variables[name])) return;
  import_node_http.default.globalAgent = new import_node_http.default.Agent({ keepAlive: true, proxyEnv: variables });
  import_node_https.default.globalAgent = new import_node_https.default.Agent({ keepAlive: true, proxyEnv: variables });
}

// bin/airflow-step.ts
var cancellation = new Cancellation();
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => cancellation.request());
useNetworkProxy(process.env);
runProgram("airflow-step", () => runStep(createPipeline(process.env), process.env, cancellation));
