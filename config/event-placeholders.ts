/** Placeholders with a name of their own, and where their values are in an event. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  bucket: ['detail', 'bucket', 'name'],
  key: ['detail', 'object', 'key'],
  time: ['time'],
  id: ['id'],
};

/** Of an event of a schedule only these differ: its detail is empty. */
const SCHEDULED: readonly string[] = ['time', 'id'];

/** Where the value of a placeholder is in an event, or undefined if there is no such placeholder. */
export function getPlaceholderPath(name: string): readonly string[] | undefined {
  if (Object.hasOwn(NAMED, name)) return NAMED[name];
  const path = name.split('.');
  return path[0] === 'detail' && !path.includes('') ? path : undefined;
}

/** Whether an event of a rule can have a value for a placeholder. */
export const isPlaceholder = (name: string, isSchedule: boolean): boolean =>
  isSchedule ? SCHEDULED.includes(name) : getPlaceholderPath(name) !== undefined;

/** Says which placeholders there are. */
export const describePlaceholders = (isSchedule: boolean): string =>
  isSchedule
    ? 'Placeholders of a schedule: {time}, {id}'
    : 'Placeholders: {bucket}, {key}, {time}, {id}, {detail}, and paths like {detail.order.id}';

const SAMPLES: Readonly<Record<string, readonly unknown[]>> = {
  bucket: ['landing'],
  key: ['incoming/2026/orders.csv', 'orders'],
  time: ['2026-01-31T06:00:00Z'],
  id: ['6a7e8feb-b491-4cf7-a9f1-bf3703467718'],
  detail: [{ sample: 'value' }],
};

/** Values that a placeholder may have, the most likely first. A command with placeholders is valid if it is valid for some of them. */
export const listSamples = (name: string): readonly unknown[] =>
  (Object.hasOwn(SAMPLES, name) ? SAMPLES[name] : undefined) ?? [
    'sample',
    '2026-01-31T06:00:00+00:00',
    1,
    { sample: 'value' },
    true,
    'success',
  ];
