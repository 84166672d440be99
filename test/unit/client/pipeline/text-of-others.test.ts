import { expect, test } from 'vitest';
import { formatCodeBlock, formatCodeSpan, keepEnd, toVisibleLines } from '../../../../client/pipeline/code-blocks.ts';
import { formatJUnitReport } from '../../../../client/pipeline/format-junit-report.ts';
import { formatSummary } from '../../../../client/pipeline/format-summary.ts';
import {
  formatForeignText,
  formatOutput,
  formatWorkflowCommand,
} from '../../../../client/pipeline/workflow-commands.ts';

test.each([
  ['a', '` a `'],
  ['a`b', '`` a`b ``'],
  ['```', '```` ``` ````'],
  ['a\nb', '` a\\u000ab `'],
  [' ', '(empty)'],
])('the code span of %j cannot be ended from inside', (text, span) => {
  expect(formatCodeSpan(text)).toBe(span);
});

test.each([
  ['a', '```text\na\n```'],
  ['```\n# heading', '````text\n```\n# heading\n````'],
  ['`````', '``````text\n`````\n``````'],
  ['a\r\nb\rc\u001b[0K\td\n\n', '```text\na\nb\nc\\u001b[0K\td\n```'],
])('the code block of %j cannot be ended from inside', (text, block) => {
  expect(formatCodeBlock(text)).toBe(block);
});

test('an annotation is one line, whatever its text', () => {
  const command = formatWorkflowCommand('error', '100%\r\n::set-output name=x::y', { title: 'a,b: c%\n' });
  expect(command).toBe('::error title=a%2Cb%3A c%25%0A::100%25%0D%0A::set-output name=x::y\n');
});

test('text of others stands between two lines with a token that nobody can guess', () => {
  const [start, ...rest] = formatForeignText('::error::x\n##[error]y\n').split('\n');
  const [, token] = /^::stop-commands::([\w-]{36})$/.exec(start!) ?? [];
  expect(rest).toEqual(['::error::x', '##[error]y', `::${token}::`, '']);
  expect(formatForeignText('x')).not.toContain(token);
});

test('an output of several lines ends with a delimiter that nobody can guess', () => {
  const [start, ...rest] = formatOutput('output', 'a\nEOF\nrun-id=b').split('\n');
  const [, delimiter] = /^output<<(delimiter-[\w-]{36})$/.exec(start!) ?? [];
  expect(rest).toEqual(['a', 'EOF', 'run-id=b', delimiter, '']);
});

test('the summary of a run with very many failed tasks and a very long output is short', () => {
  const failedTasks = Array.from({ length: 5000 }, (_, index) => ({ taskId: `task-${index}`, state: 'failed' }));
  const summary = formatSummary({
    title: 'x',
    message: 'y',
    facts: new Map(),
    failedTasks,
    printed: 'z\n'.repeat(1_000_000),
  });
  expect(summary).toContain('- and 4950 more');
  expect(summary.length).toBeLessThan(30_000);
});

test('keeps the end of a long text, from the start of a line', () => {
  expect(keepEnd('one\ntwo\nthree', 7)).toBe('…\nthree');
  expect(keepEnd('one', 3)).toBe('one');
});

test('the test report is XML, whatever its texts', () => {
  const report = formatJUnitReport({
    title: 'a "b"',
    message: '<c> & \u0000',
    facts: new Map(),
    failedTasks: [{ taskId: `d'"><x`, state: 'failed' }],
  });
  expect(report).toContain(
    'name="d&apos;&quot;&gt;&lt;x"><failure message="a &quot;b&quot;">&lt;c&gt; &amp; \\u0000</failure>',
  );
  expect(formatJUnitReport()).toContain('failures="0"');
});

test('shows what cannot be seen', () => {
  expect(toVisibleLines('a\u202eb\u200bc')).toBe('a\\u202eb\\u200bc');
});
