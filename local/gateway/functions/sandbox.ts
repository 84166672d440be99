/** One execution environment: a process that loads the function once and then runs one invocation after another. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import {
  type FunctionError,
  formatEndMarker,
  type InitMessage,
  type InvokeMessage,
  type MessageFromRuntime,
  type MessageToRuntime,
  type NetworkRules,
} from './protocol.ts';
import { readOutputLines } from './read-output-lines.ts';

const RUNTIME_FILE = fileURLToPath(new URL('./runtime.ts', import.meta.url));
/** Loading may take ten seconds (documented). */
const INIT_TIMEOUT_MS = 10_000;
/** How long the last words of a process that has ended are waited for; only grandchildren can hold them back. */
const OUTPUT_DRAIN_MS = 1_000;

export interface SandboxOptions {
  init: InitMessage;
  environment: Record<string, string>;
  memoryMb: number;
  onLine: (line: string) => void;
}

/** How an invocation ended. */
export interface SandboxResult {
  error?: FunctionError;
  timedOut: boolean;
  /** Zero where the process ended first. */
  maxMemoryMb: number;
}

export interface Sandbox {
  /** Settles when the handler is loaded, with what went wrong. */
  readonly ready: Promise<FunctionError | undefined>;
  /** Runs one invocation; all its lines have been handed on when this settles. The process is killed at the timeout. */
  invoke(invocation: InvokeMessage, timeoutMs: number, onChunk: (data: Buffer) => void): Promise<SandboxResult>;
  /** Whether another invocation can be given to it. */
  readonly alive: boolean;
  /** Puts another network around the process. */
  setNetwork(table: NetworkRules['table']): void;
  /** Sends a signal to the process, as nobody can on AWS: what dies or hangs there by itself is made to here. */
  signal(signal: 'SIGKILL' | 'SIGSTOP'): void;
  /** Ends the process, at once. */
  kill(): Promise<void>;
}

export function startSandbox({ init, environment, memoryMb, onLine }: SandboxOptions): Sandbox {
  const child = fork(RUNTIME_FILE, [], {
    cwd: init.taskRoot,
    env: environment,
    execArgv: [`--max-old-space-size=${memoryMb}`],
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('the process was started without its output');
  const isMark = (line: string) => line.startsWith(formatEndMarker(''));
  const outputs = [readOutputLines(stdout, isMark, onLine), readOutputLines(stderr, isMark, onLine)];

  let receive: (message: MessageFromRuntime) => void = () => {};
  let alive = true;
  child.on('message', (message: MessageFromRuntime) => receive(message));
  // Sending to a process that is ending; its exit tells the rest.
  child.on('error', () => {});
  const exited = new Promise<FunctionError>((resolve) => {
    child.once('exit', (code, signal) => {
      alive = false;
      const status = signal === null ? `exit status ${code}` : `signal: ${signal === 'SIGKILL' ? 'killed' : signal}`;
      resolve({ errorType: 'Runtime.ExitError', errorMessage: `Runtime exited with error: ${status}` });
    });
  });
  /** Ended, and everything it wrote and sent has come: the exit alone may be heard of earlier. */
  const gone = Promise.race([
    Promise.all([exited, waitForEvent(child, 'disconnect'), waitForEvent(child, 'close')]),
    exited.then(() => delay(OUTPUT_DRAIN_MS)),
  ]).then(() => exited);
  const tell = (message: MessageToRuntime) => child.connected && child.send(message);
  const kill = async () => {
    alive = false;
    child.kill('SIGKILL');
    await gone;
  };

  const ready = new Promise<FunctionError | undefined>((resolve) => {
    const timer = setTimeout(() => {
      resolve({
        errorType: 'Sandbox.Timedout',
        errorMessage: `Init timed out after ${INIT_TIMEOUT_MS / 1000}.00 seconds`,
      });
      void kill();
    }, INIT_TIMEOUT_MS);
    let failure: FunctionError | undefined;
    const settle = (error?: FunctionError) => {
      clearTimeout(timer);
      resolve(error);
    };
    receive = (message) => {
      if (message.kind === 'ready') settle();
      if (message.kind === 'init-error') failure = message.error;
    };
    void gone.then((exit) => settle(failure ?? exit));
  });
  tell(init);

  return {
    ready,
    kill,
    setNetwork: (table) => void tell({ kind: 'reroute', table }),
    signal: (signal) => void child.kill(signal),
    get alive() {
      return alive;
    },
    async invoke(invocation, timeoutMs, onChunk) {
      const { requestId } = invocation;
      let timedOut = false;
      const timer = setTimeout(() => {
        timedOut = true;
        void kill();
      }, timeoutMs);
      const answered = new Promise<Extract<MessageFromRuntime, { kind: 'done' }>>((resolve) => {
        receive = (message) => {
          if (!('requestId' in message) || message.requestId !== requestId || timedOut) return;
          if (message.kind === 'chunk') onChunk(Buffer.from(message.data));
          else {
            clearTimeout(timer);
            resolve(message);
          }
        };
      });
      tell(invocation);
      const answer = await Promise.race([answered, gone.then(() => undefined)]);
      clearTimeout(timer);
      if (answer === undefined) {
        const { errorType, errorMessage } = timedOut ? createTimeoutError(timeoutMs) : await exited;
        const error = { errorType, errorMessage: `RequestId: ${requestId} Error: ${errorMessage}` };
        return { timedOut, maxMemoryMb: 0, error };
      }
      const lines = Promise.all(outputs.map((output) => output.waitFor(formatEndMarker(requestId))));
      await (answer.last ? gone : Promise.race([lines, gone]));
      const { error, maxMemoryMb } = answer;
      return { timedOut: false, maxMemoryMb, ...(error !== undefined && { error }) };
    },
  };
}

function createTimeoutError(timeoutMs: number): FunctionError {
  const seconds = (timeoutMs / 1000).toFixed(2);
  return { errorType: 'Sandbox.Timedout', errorMessage: `Task timed out after ${seconds} seconds` };
}

function waitForEvent(child: ChildProcess, event: 'disconnect' | 'close'): Promise<void> {
  return new Promise((resolve) => child.once(event, () => resolve()));
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}
