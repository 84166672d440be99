/** Where the streams of a command and the messages of the client go. */
export interface CommandOutput {
  stdout(text: string): void;
  stderr(text: string): void;
  /** Prints a message of the client as a line on standard error. */
  printMessage(text: string): void;
}
