import { expect, test } from 'vitest';
import { createSampleEvent } from '../../../../local/events/sample-event.ts';

test.each([
  [
    'an object in S3',
    {
      pattern: { source: ['aws.s3'], 'detail-type': ['Object Created'], detail: { bucket: { name: ['landing'] } } },
      run: 'dags trigger ingest --conf=\'{"file":"{key}","bucket":"{bucket}"}\'',
    },
    {
      source: 'aws.s3',
      'detail-type': 'Object Created',
      detail: { bucket: { name: 'landing' }, object: { key: 'in/example.csv' } },
    },
  ],
  [
    'values of the detail',
    { pattern: { source: ['shop'] }, run: ['variables', 'set', '{detail.order.id}', '{time}'] },
    { source: 'shop', 'detail-type': 'example', detail: { order: { id: 'example' } } },
  ],
  [
    'prefixes and suffixes',
    { pattern: { source: [{ prefix: 'shop.' }], detail: { file: [{ suffix: '.csv' }] } }, run: 'version' },
    { source: 'shop.example', 'detail-type': 'example', detail: { file: 'example.csv' } },
  ],
])('a sample of %s', (_, rule, event) => {
  expect(createSampleEvent(rule)).toEqual(event);
});
