/** What the gateway and the processes that run functions say to each other over Node's IPC channel. */

/** Told once, before anything else. */
export interface InitMessage {
  kind: 'init';
  /** Folder of the function's code. */
  taskRoot: string;
  /** As in the template: `file.export`. */
  handler: string;
  network: NetworkRules;
}

/** What the function's outgoing connections find. */
export interface NetworkRules {
  /**
   * `name:port` → `127.0.0.1:port` of what plays it; `refused`: nobody listens there; `silent`: no packet comes back; null:
   * the name does not resolve.
   */
  table: Readonly<Record<string, string | null>>;
  /** Ports that the security groups let out. Undefined: any. */
  egress?: { from: number; to: number }[];
}

/** One invocation. */
export interface InvokeMessage {
  kind: 'invoke';
  requestId: string;
  /** The event, as JSON. */
  event: string;
  /** Milliseconds since the epoch. */
  deadline: number;
  functionArn: string;
  traceId: string;
}

/** What the network has become. */
export interface NetworkMessage {
  kind: 'reroute';
  table: NetworkRules['table'];
}

export type MessageToRuntime = InitMessage | InvokeMessage | NetworkMessage;

/** How Lambda reports what went wrong in a function. */
export interface FunctionError {
  errorType: string;
  errorMessage: string;
  trace?: string[];
}

export type MessageFromRuntime =
  | { kind: 'ready' }
  | { kind: 'init-error'; error: FunctionError }
  | { kind: 'chunk'; requestId: string; data: Uint8Array }
  /** `last`: the process ends now and takes no further invocation. */
  | { kind: 'done'; requestId: string; error?: FunctionError; maxMemoryMb: number; last: boolean };

/** The line on stdout and stderr after which nothing of an invocation follows. */
export const formatEndMarker = (requestId: string): string => `\u0000end of ${requestId}`;
