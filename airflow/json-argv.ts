import { Refusal } from './refusal.ts';

/**
 * Converts the elements of a JSON list to the words of a command: strings stay as they are, everything else becomes JSON text.
 *
 * @throws Refusal `unreadable` for null and for an element that is nested too deeply
 */
export function argvFromJson(list: readonly unknown[]): string[] {
  return list.map((value, index) => {
    if (typeof value === 'string') return value;
    if (value === null) throw new Refusal('unreadable', `Word ${index + 1} is null. Remove it or write "".`);
    try {
      return JSON.stringify(value);
    } catch (cause) {
      // A stack overflow: JSON nested several thousand levels deep can be parsed but not serialized.
      throw new Refusal('unreadable', `Word ${index + 1} is nested too deeply. Use fewer levels.`, { cause });
    }
  });
}
