import * as sdk from '@aws-sdk/client-lambda';
import { expect, test } from 'vitest';
import {
  findInvokeErrorMeaning,
  INVOKE_ERROR_MEANINGS,
  type InvokeErrorMeaning,
  THROTTLE_MEANINGS,
} from '../../../../lambda/front/queue/invoke-errors.ts';
import { listErrors, MODELED_ERRORS, readCommand } from './modeled-errors.ts';

const findUnclassified = (names: readonly string[]): string[] =>
  names.filter((name) => !Object.hasOwn(INVOKE_ERROR_MEANINGS, name));

test('every error of Invoke in the model of the SDK is classified', () => {
  expect(findUnclassified(MODELED_ERRORS)).toEqual([]);
});

test('the model is read completely', () => {
  expect(MODELED_ERRORS.length).toBeGreaterThanOrEqual(43);
  expect(MODELED_ERRORS).toEqual(
    expect.arrayContaining(['TooManyRequestsException', 'ServiceException', 'ENINotReadyException']),
  );
  expect(readCommand('InvokeCommand').match(/@throws/g)).toHaveLength(MODELED_ERRORS.length + 1);
  for (const name of MODELED_ERRORS) expect(sdk).toHaveProperty(name);
});

test('the check finds a planted error', () => {
  const planted = `${readCommand('InvokeCommand')}\n * @throws {@link NewException} (server fault)\n`;
  expect(findUnclassified(listErrors(planted))).toEqual(['NewException']);
});

test('every reason of a 429 in the model of the SDK is classified', () => {
  expect(Object.keys(THROTTLE_MEANINGS).sort()).toEqual(Object.keys(sdk.ThrottleReason).sort());
});

const listModeled = (matches: (meaning: InvokeErrorMeaning) => boolean): string[] =>
  MODELED_ERRORS.filter((name) => matches(INVOKE_ERROR_MEANINGS[name]!)).sort();

test('the relay may have been started after these errors only', () => {
  expect(listModeled(({ kind }) => kind === 'possibly-started')).toEqual([
    'DurableExecutionAlreadyStartedException',
    'EFSIOException',
    'ServiceException',
  ]);
});

test('waiting helps after these errors only', () => {
  expect(listModeled(({ kind }) => kind === 'wait')).toEqual([
    'CodeArtifactUserDeletedException',
    'CodeArtifactUserPendingException',
    'EC2ThrottledException',
    'ENINotReadyException',
    'ResourceConflictException',
    'ResourceNotReadyException',
    'SnapStartNotReadyException',
    'TooManyRequestsException',
  ]);
});

test.each([
  ['ReservedFunctionConcurrentInvocationLimitExceeded', 'slot'],
  ['ReservedFunctionInvocationRateLimitExceeded', 'rate'],
  ['FunctionInvocationRateLimitExceeded', 'rate'],
  ['CallerRateLimitExceeded', 'rate'],
  ['ConcurrentInvocationLimitExceeded', 'slow'],
  ['ConcurrentSnapshotCreateLimitExceeded', 'slow'],
  ['SomethingNew', 'rate'],
  ['constructor', 'rate'],
  [undefined, 'rate'],
])('a 429 with the reason %s waits: %s', (reason, expected) => {
  const meaning = findInvokeErrorMeaning({ name: 'TooManyRequestsException', status: 429, reason });
  expect(meaning).toMatchObject({ kind: 'wait', reason: expected });
});

test.each([
  ['NewThrottle', 429, 'wait'],
  ['NewDenial', 401, 'not-started'],
  ['NewDenial', 403, 'not-started'],
  ['NewException', 400, 'possibly-started'],
  ['NewException', 409, 'possibly-started'],
  ['NewException', 410, 'possibly-started'],
  ['NewException', 500, 'possibly-started'],
  ['NewException', 503, 'possibly-started'],
  ['Unknown', 0, 'possibly-started'],
  ['constructor', 400, 'possibly-started'],
])('an error that is not known, %s with status %i: %s', (name, status, kind) => {
  expect(findInvokeErrorMeaning({ name, status }).kind).toBe(kind);
});

test('the name of an error decides, not its status', () => {
  expect(findInvokeErrorMeaning({ name: 'KMSDisabledException', status: 500 }).kind).toBe('not-started');
  expect(findInvokeErrorMeaning({ name: 'ServiceException', status: 429 }).kind).toBe('possibly-started');
});

const DETAILS = [...Object.entries(INVOKE_ERROR_MEANINGS), ...Object.entries(THROTTLE_MEANINGS)].flatMap(
  ([name, meaning]) => ('detail' in meaning ? [[name, meaning] as const] : []),
);

test.each(DETAILS)('%s: its text is for callers', (_name, meaning) => {
  expect(meaning.detail).toMatch(/^[A-Z].*\.$/s);
  expect(meaning.detail).not.toMatch(/arn:|undefined|\d{12}/);
  // Text for a slot and a rate is completed with what to do when the wait is over.
  const needsAdvice = meaning.kind === 'not-started' || meaning.reason === 'slow';
  if (needsAdvice) expect(meaning.detail).toMatch(/[Aa]sk the operators of the proxy to |Shorten /);
});
