import type { FrontFile } from './front-file.ts';

/**
 * The data file of the events function: the environments that have events, with the grants of event callers, and the events by the name
 * of their queue. `lib/` writes it at synthesis. The function reads it when it starts.
 */
export interface EventsFile extends Pick<FrontFile, 'grants' | 'environments'> {
  readonly events: Readonly<Record<string, EventsFileEvent>>;
}

/** One event rule. */
export interface EventsFileEvent {
  /** As in the configuration. The caller is `event:NAME`. */
  readonly name: string;
  readonly environment: string;
  /** False: its messages wait in the queue. */
  readonly enabled: boolean;
  readonly schedule?: string;
  readonly run: string | readonly string[];
  readonly sameEvent?: readonly string[];
  readonly giveUpHours: number;
  /** The name of the dead-letter queue. */
  readonly deadLetterQueue: string;
}
