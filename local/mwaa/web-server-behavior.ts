/** How the web server behaves where AWS documents nothing and reports differ. */
export interface WebServerBehavior {
  /** Prints MWAA's log handler notice and an ANSI reset to stdout before the output. Default true. */
  readonly printsLogNotice?: boolean;
  /** Status of a failed command. 200 is reported, 400 is plausible. Default 200. */
  readonly failureStatus?: 200 | 400;
  /** Adds the exit code as `returncode`, which one public client reads. Default false. */
  readonly returncode?: boolean;
  /** Returns null instead of an empty string for an empty stream. Default false. */
  readonly nullStreams?: boolean;
  /** Whether the `Location` of Airflow 3's 307 is an absolute URL or only a path. Default `absolute`. */
  readonly redirect?: 'absolute' | 'relative';
  /** Commands that run at the same time. Further commands get 503. AWS: "typically" four. Default 4. */
  readonly maxConcurrentCommands?: number;
  /** Commands that are rejected with another status, in addition to those that AWS does not list (403). */
  readonly rejectedCommands?: Readonly<Record<string, number>>;
}
