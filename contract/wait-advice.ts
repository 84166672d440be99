/** What a `busy` problem says about waiting longer, for callers of the HTTP API. The clients replace it with their own option. */
export const WAIT_LONGER_ADVICE = 'or with the header Prefer: wait=SECONDS if it may wait longer';
