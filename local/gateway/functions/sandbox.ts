/** One execution environment: a process that loads a function once and then runs invocations one after another. */
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
/** Limit of the init phase (documented). */
const INIT_TIMEOUT_MS = 10_000;
/** How long to wait for the remaining output of a process that has exited. Only its child processes can keep the pipe open. */
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
  /** Zero if the process exited before it reported a value. */
  maxMemoryMb: number;
}

export interface Sandbox {
  /** Resolves when the handler is loaded, with the error if loading failed. */
  readonly ready: Promise<FunctionError | undefined>;
  /** Runs one invocation and kills the process at the timeout. Resolves after `onLine` has received all output of the invocation. */
  invoke(invocation: InvokeMessage, timeoutMs: number, onChunk: (data: Buffer) => void): Promise<SandboxResult>;
  /** Whether the process accepts another invocation. */
  readonly alive: boolean;
  /** Replaces the network of the process. */
  setNetwork(table: NetworkRules['table']): void;
  /** Sends a signal to the process, to simulate a function that crashes or hangs. AWS offers no such control. */
  signal(signal: 'SIGKILL' | 'SIGSTOP'): void;
  /** Ends the process immediately. */
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
  if (stdout === null || stderr === null) throw new Error('The process has no stdout or stderr.');
  const isMarker = (line: string) => line.startsWith(formatEndMarker(''));
  const outputs = [readOutputLines(stdout, isMarker, onLine), readOutputLines(stderr, isMarker, onLine)];

  let receive: (message: MessageFromRuntime) => void = () => {};
  let alive = true;
  child.on('message', (message: MessageFromRuntime) => receive(message));
  // A message was sent to a process that is exiting. The `exit` handler reports it.
  child.on('error', () => {});
  const exited = new Promise<FunctionError>((resolve) => {
    child.once('exit', (code, signal) => {
      alive = false;
      const status = signal === null ? `exit status ${code}` : `signal: ${signal === 'SIGKILL' ? 'killed' : signal}`;
      resolve({ errorType: 'Runtime.ExitError', errorMessage: `Runtime exited with error: ${status}` });
    });
  });
  /** Resolves when the process has exited and all its output and messages have arrived: the exit event alone can come earlier. */
  const drained = Promise.race([
    Promise.all([exited, waitForEvent(child, 'disconnect'), waitForEvent(child, 'close')]),
    exited.then(() => delay(OUTPUT_DRAIN_MS)),
  ]).then(() => exited);
  const send = (message: MessageToRuntime) => child.connected && child.send(message);
  const kill = async () => {
    alive = false;
    child.kill('SIGKILL');
    await drained;
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
    void drained.then((exit) => settle(failure ?? exit));
  });
  send(init);

  return {
    ready,
    kill,
    setNetwork: (table) => void send({ kind: 'set-network', table }),
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
      const done = new Promise<Extract<MessageFromRuntime, { kind: 'done' }>>((resolve) => {
        receive = (message) => {
          if (!('requestId' in message) || message.requestId !== requestId || timedOut) return;
          if (message.kind === 'chunk') onChunk(Buffer.from(message.data));
          else {
            clearTimeout(timer);
            resolve(message);
          }
        };
      });
      send(invocation);
      const result = await Promise.race([done, drained.then(() => undefined)]);
      clearTimeout(timer);
      if (result === undefined) {
        const { errorType, errorMessage } = timedOut ? createTimeoutError(timeoutMs) : await exited;
        const error = { errorType, errorMessage: `RequestId: ${requestId} Error: ${errorMessage}` };
        return { timedOut, maxMemoryMb: 0, error };
      }
      const lines = Promise.all(outputs.map((output) => output.waitFor(formatEndMarker(requestId))));
      await (result.last ? drained : Promise.race([lines, drained]));
      const { error, maxMemoryMb } = result;
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
