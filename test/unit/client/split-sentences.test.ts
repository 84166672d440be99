import { expect, test } from 'vitest';
import { splitSentences } from '../../../client/split-sentences.ts';

test.each<[text: string, sentences: string[]]>([
  ['', ['']],
  ['One.', ['One.']],
  ['One. dag_id must match x. Did you mean "y"? Yes.', ['One.', 'dag_id must match x.', 'Did you mean "y"?', 'Yes.']],
  ['The rule "a. b" is 1.5. Next.', ['The rule "a. b" is 1.5.', 'Next.']],
  ['Lost " quote. Next.', ['Lost " quote. Next.']],
  ['A path /dags/a.b ends. Next', ['A path /dags/a.b ends.', 'Next']],
])('the sentences of %j', (text, sentences) => {
  expect(splitSentences(text)).toEqual(sentences);
});
