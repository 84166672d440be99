/**
 * The timeouts of one attempt to get a token. All connection attempts end before `tokenMs`, so that the problem can say that the
 * connection failed. Half of `tokenMs` remains for a second attempt if the first one uses a dead connection.
 */
export const deriveTokenTimeouts = (connectMs: number, tokenMs: number) => ({
  connectMs: Math.min(connectMs, tokenMs / 5),
  answerMs: tokenMs / 2,
});
