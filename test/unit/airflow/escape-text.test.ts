import { expect, test } from 'vitest';
import { escapeInvisible } from '../../../airflow/escape-text.ts';

test.each<[what: string, text: string, escaped: string]>([
  ['visible text', 'naïve "a b"! 日本 🚀 \\ é', 'naïve "a b"! 日本 🚀 \\ é'],
  ['an escape sequence', 'a\u001b[2Jb', 'a\\u001b[2Jb'],
  ['line ends and tabs', 'a\r\nb\tc\u2028d\u0085', 'a\\u000d\\u000ab\\u0009c\\u2028d\\u0085'],
  ['an override of the direction', 'a\u202eb\u202c', 'a\\u202eb\\u202c'],
  ['isolates and marks', '\u2066\u2069\u200e\u200f\u061c', '\\u2066\\u2069\\u200e\\u200f\\u061c'],
  ['zero-width characters', 'a\u200b\u200c\u200d\u2060\ufeffb', 'a\\u200b\\u200c\\u200d\\u2060\\ufeffb'],
  ['fillers and variation selectors', '\u3164\u115f\u00ad\ufe0f\u034f', '\\u3164\\u115f\\u00ad\\ufe0f\\u034f'],
  ['other spaces', 'a\u00a0b\u2003c\u3000', 'a\\u00a0b\\u2003c\\u3000'],
  ['tags', '\u{e0041}', '\\u{e0041}'],
  ['half of a character', 'a\ud83d', 'a\\ud83d'],
  ['private use', '\ue000\u{f0000}', '\\ue000\\u{f0000}'],
])('escapes %s', (_what, text, escaped) => expect(escapeInvisible(text)).toBe(escaped));
