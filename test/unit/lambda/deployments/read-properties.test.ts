import { describe, expect, test } from 'vitest';
import { readEvent } from '../../../../lambda/deployments/read-event.ts';
import { readProperties } from '../../../../lambda/deployments/read-properties.ts';

const read = (more: object) => readProperties({ Environment: 'prod', ...more });

test('commands are command lines or words, and scalars are texts', () => {
  expect(read({ OnCreate: ['dags list', ['pools', 'set', 'a', 3, true]], OnDelete: '' })).toMatchObject({
    environment: 'prod',
    onCreate: ['dags list', ['pools', 'set', 'a', '3', 'true']],
    onUpdate: ['dags list', ['pools', 'set', 'a', '3', 'true']],
    onDelete: [],
  });
});

test('equal properties are equal texts, also if CloudFormation has made texts of numbers', () => {
  const { canonical } = read({
    ServiceToken: 'a',
    OnCreate: [['pools', 'set', 'a', '3']],
    Values: { v: { SsmParameter: '/a' } },
  });
  expect(
    read({ Values: { v: { SsmParameter: '/a' } }, OnCreate: [['pools', 'set', 'a', 3]], ServiceTimeout: '60' })
      .canonical,
  ).toBe(canonical);
  expect(read({ OnCreate: [['pools', 'set', 'a', '3']], Values: { v: { SsmParameter: '/b' } } }).canonical).not.toBe(
    canonical,
  );
});

test.each<[what: string, properties: unknown, message: RegExp]>([
  ['no object', 'x', /has no properties/],
  ['no environment', { Environment: '', OnCreate: [] }, /Environment must name/],
  [
    'a misspelled property',
    { Environment: 'prod', Oncreate: [] },
    /Unknown property "Oncreate"\. Did you mean "OnCreate"/,
  ],
  ['a text in place of a list', { Environment: 'prod', OnCreate: 'dags list' }, /OnCreate must be a list/],
  ['an empty command', { Environment: 'prod', OnCreate: [''] }, /Command 1 of OnCreate must be/],
  ['an object as a command', { Environment: 'prod', OnDelete: [{ run: 'x' }] }, /Command 1 of OnDelete must be/],
  ['too many commands', { Environment: 'prod', OnCreate: Array(101).fill('dags list') }, /has 101 commands/],
  [
    'a secret itself',
    { Environment: 'prod', Values: { v: 'hunter2' } },
    /^(?!.*hunter2).*must not be the secret itself/,
  ],
  [
    'two places of a secret',
    { Environment: 'prod', Values: { v: { SecretsManager: 'a', SsmParameter: 'b' } } },
    /either/,
  ],
  [
    'a key of a parameter',
    { Environment: 'prod', Values: { v: { SsmParameter: 'b', Key: 'k' } } },
    /only a secret of Secrets Manager/,
  ],
  [
    'a misspelled member',
    { Environment: 'prod', Values: { v: { SecretManager: 'a' } } },
    /Did you mean "SecretsManager"/,
  ],
])('rejects %s', (_what, properties, message) => expect(() => readProperties(properties)).toThrow(message));

describe('events', () => {
  const REQUEST = {
    RequestType: 'Update',
    ResponseURL: 'https://bucket/x?X-Amz-Date=20261129T120000Z&X-Amz-Expires=7200',
    StackId: 's',
    RequestId: 'r',
    LogicalResourceId: 'l',
    ResourceProperties: { ServiceTimeout: '600' },
  };
  test.each<[what: string, change: object, givesUpAt: string | undefined]>([
    ['the timeout of the service', {}, '2026-11-29T12:10:00.000Z'],
    ['the URL', { ResourceProperties: {} }, '2026-11-29T14:00:00.000Z'],
    ['an old signature', { ResponseURL: 'https://bucket/x?Expires=1764417600' }, '2025-11-29T12:00:00.000Z'],
    ['nothing', { ResponseURL: 'https://bucket/x' }, undefined],
  ])('%s says when CloudFormation gives up', (_what, change, givesUpAt) => {
    const event = readEvent({ ...REQUEST, ...change });
    if (event.kind !== 'cloudformation') throw new Error('no request of CloudFormation');
    expect(event.givesUpAt === undefined ? undefined : new Date(event.givesUpAt).toISOString()).toBe(givesUpAt);
  });

  test.each<[event: object, phase: string]>([
    [{}, 'create'],
    [{ RequestType: 'Delete' }, 'delete'],
    [{ tf: { action: 'update', prev_input: null } }, 'update'],
  ])('a direct invocation: %j', (event, phase) => expect(readEvent(event)).toMatchObject({ kind: 'direct', phase }));

  test.each<[what: string, event: unknown]>([
    ['no object', []],
    ['another type', { RequestType: 'Read' }],
    ['a member of all objects', { RequestType: 'constructor' }],
    ['no stack', { ...REQUEST, StackId: undefined }],
    ['an id that is no text', { Id: 3 }],
  ])('rejects %s', (_what, event) => expect(() => readEvent(event)).toThrow());
});
