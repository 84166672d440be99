import type { IncomingHttpHeaders } from 'node:http';
import type { Fault } from './faults.ts';

/** The web sessions of one environment, so that a fault can end them. Airflow itself rejects what a request then contains. */
export interface WebSessionRegistry {
  /** Records the session in the cookies of a login. */
  add(setCookie: readonly string[]): void;
  /** Ends the sessions so far. */
  revoke(how: NonNullable<Fault['revokesSessions']>): void;
  /** The headers of a request as Airflow sees them: without a session that has expired, or with a damaged one. */
  replaceSession(rawHeaders: readonly string[], headers: IncomingHttpHeaders): readonly string[];
}

export function createWebSessionRegistry(): WebSessionRegistry {
  const sessions = new Map<string, Fault['revokesSessions']>();
  return {
    add(setCookie) {
      for (const line of setCookie) {
        const [, session] = /^(?:session|_token)=([^;]+)/.exec(line) ?? [];
        if (session !== undefined) sessions.set(session, undefined);
      }
    },
    revoke(how) {
      for (const session of sessions.keys()) sessions.set(session, how);
    },
    replaceSession(rawHeaders, { authorization, cookie }) {
      const session = authorization?.replace(/^Bearer /, '') ?? cookie?.replace(/^session=/, '') ?? '';
      const how = sessions.get(session);
      if (how === undefined) return rawHeaders;
      if (how === 'damaged') return rawHeaders.map((text) => text.replace(session, 'damaged'));
      return rawHeaders.filter((_, index) => !/^(?:authorization|cookie)$/i.test(rawHeaders[index - (index % 2)]!));
    },
  };
}
