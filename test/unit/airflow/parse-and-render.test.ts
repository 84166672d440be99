import { describe, expect, test } from 'vitest';
import type { Catalog } from '../../../airflow/catalog.ts';
import { parseInvocation } from '../../../airflow/parse-invocation.ts';
import { Refusal, type RefusalCode } from '../../../airflow/refusal.ts';
import { renderCommandLine } from '../../../airflow/render-command-line.ts';
import { splitCommandLine } from '../../../airflow/split-command-line.ts';
import { AIRFLOW_2, AIRFLOW_3 } from '../../catalogs.ts';

/** What a caller writes, and the command line that is sent or the refusal. */
type Row = [text: string, expected: string | { code: RefusalCode; detail: RegExp }];

const refusedWith = (code: RefusalCode, detail: RegExp) => ({ code, detail });

function testRows(catalog: Catalog, rows: readonly Row[]) {
  test.each(rows)('%s', (text, expected) => {
    const line = () => renderCommandLine(parseInvocation(catalog, splitCommandLine(text)));
    if (typeof expected === 'string') {
      expect(line()).toBe(expected);
      expect(renderCommandLine(parseInvocation(catalog, splitCommandLine(expected)))).toBe(expected);
      return;
    }
    expect(line).toThrow(Refusal);
    expect(line).toThrow(
      expect.objectContaining({ code: expected.code, message: expect.stringMatching(expected.detail) }),
    );
  });
}

describe('Airflow 2.10.3', () => {
  testRows(AIRFLOW_2, [
    ['version', 'version'],
    ['  dags   list  ', 'dags list'],
    ['dags list -o json', 'dags list --output=json'],
    ['dags list -ojson', 'dags list --output=json'],
    ['dags list -o=json', 'dags list --output=json'],
    ['dags list -vo json', 'dags list --output=json --verbose'],
    ['dags list -o table -o json', 'dags list --output=json'],
    ['dags trigger daily', 'dags trigger daily'],
    ['dags trigger -r r1 daily -c {"a":1}', refusedWith('invalid-value', /--conf must be valid JSON/)],
    [`dags trigger -r r1 daily -c '{"a":1}'`, `dags trigger --conf='{"a":1}' --run-id=r1 daily`],
    [
      `dags trigger --conf "{\\"a\\": \\"it's $5 für \`x\`!\\"}" d`,
      `dags trigger --conf='{"a": "it\\u0027s \\u00245 f\\u00fcr \\u0060x\\u0060\\u0021"}' d`,
    ],
    ['dags trigger -- -odd', 'dags trigger -- -odd'],
    ['dags trigger -5', 'dags trigger -- -5'],
    [`dags trigger ''`, refusedWith('invalid-value', /^dag_id cannot be empty\. Write a value\.$/)],
    [`variables set k ''`, `variables set k ''`],
    [`variables set k "it's"`, `variables set k 'it'"'"'s'`],
    ['variables set k "a\nb"', `variables set k 'a\nb'`],
    ['roles add-perms Op -a can_read -r DAGs', 'roles add-perms --action can_read --resource DAGs -- Op'],
    [
      'roles add-perms -a can_read can_edit -r DAGs -- Op',
      'roles add-perms --action can_read can_edit --resource DAGs -- Op',
    ],
    [
      'roles del-perms --action=-rAdmin --resource DAGs -- Op',
      'roles del-perms --action=-rAdmin --resource DAGs -- Op',
    ],
    ['scheduler --pid=--stderr=/x', 'scheduler --pid=--stderr=/x'],
    ['scheduler --pid x', 'scheduler --pid x'],
    [`connections export f --serialization-format ' JSON'`, `connections export --serialization-format=' JSON' f`],
    ['dags backfill d --delay-on-limit 5.', 'dags backfill --delay-on-limit=5. d'],
    ['dags backfill d --delay-on-limit=-.5e3', 'dags backfill --delay-on-limit=-.5e3 d'],
    ['tasks test daily t1 2024-01-01', 'tasks test daily t1 2024-01-01'],
    ['tasks test daily t1', 'tasks test daily t1'],
    [
      'dags backfill -s 2024-01-01 -e 2024-01-02 daily',
      'dags backfill --end-date=2024-01-02 --start-date=2024-01-01 daily',
    ],

    ['', refusedWith('empty', /empty/)],
    ['airflow dags list', refusedWith('unknown-command', /starts with "airflow"/)],
    ['dgas list', refusedWith('unknown-command', /Did you mean "dags list"/)],
    ['dags triger x', refusedWith('unknown-command', /Did you mean "dags trigger"/)],
    ['dags', refusedWith('unknown-command', /requires a subcommand: .*trigger/)],
    ['--verbose dags list', refusedWith('unknown-command', /command first/)],
    ['-- dags list', refusedWith('unknown-command', /command first/)],
    ['dags trigger', refusedWith('missing-argument', /requires dag_id/)],
    ['dags trigger a b', refusedWith('unexpected-argument', /Unexpected argument "b"/)],
    ['dags trigger a --', 'dags trigger a'],
    ['dags trigger -- --', refusedWith('invalid-value', /cannot be "--"/)],
    ['dags trigger a --conf=--', refusedWith('invalid-value', /cannot be "--"/)],
    ['dags trigger a --confi={}', refusedWith('unknown-option', /Did you mean "--conf"/)],
    ['dags trigger a --con={}', refusedWith('abbreviated-option', /--conf in full/)],
    ['dags trigger a --conf', refusedWith('missing-value', /--conf=VALUE/)],
    ['dags trigger a --conf --verbose', refusedWith('missing-value', /--conf=VALUE/)],
    ['dags list --verbose=1', refusedWith('unexpected-value', /does not accept a value/)],
    ['dags list -vx', refusedWith('unknown-option', /no option "-x"/)],
    ['dags list -vo=json', refusedWith('unknown-option', /-o as a separate argument/)],
    ['connections export f --serialization-format \ufeffjson', refusedWith('invalid-value', /one of json, uri/)],
    [`dags trigger d -c ${'['.repeat(501)}${']'.repeat(501)}`, refusedWith('invalid-value', /at most 500 levels/)],
    [`dags trigger d -c ${'9'.repeat(4301)}`, refusedWith('invalid-value', /at most 4,300 digits/)],
    ['dags list -o csv -o json', refusedWith('invalid-value', /one of json/)],
    ['dags list -o csv', refusedWith('invalid-value', /one of json, plain, table, yaml/)],
    ['dags next-execution d -n many', refusedWith('invalid-value', /integer/)],
    ['dags list --help', refusedWith('help', /Remove --help/)],
    ['dags list -h', refusedWith('help', /Remove -h/)],
    ['dags list -vh', refusedWith('help', /Remove -h/)],
    ['tasks test daily --dry-run t1', 'tasks test --dry-run daily t1'],
    ['tasks test daily t1 --dry-run 2024-01-01', refusedWith('unexpected-argument', /together/)],
    ['dags trigger a -v --', refusedWith('unexpected-argument', /Nothing follows/)],
    ['dags trigger "a\nb"', refusedWith('forbidden-character', /U\+000A .* dag_id/)],
    ['variables set k a\u0007b', refusedWith('forbidden-character', /U\+0007/)],
    ['dags trigger "a', refusedWith('unreadable', /not closed/)],
    ['dags trigger a\\', refusedWith('unreadable', /backslash/)],
  ]);
});

describe('Airflow 3.0.6', () => {
  testRows(AIRFLOW_3, [
    ['dags list-runs daily', 'dags list-runs daily'],
    ['dags list-runs --dag-id daily', refusedWith('unknown-option', /no option "--dag-id"/)],
    ['dags trigger -l 2024-01-01 daily', 'dags trigger --logical-date=2024-01-01 daily'],
    ['dags trigger -e 2024-01-01 daily', refusedWith('unknown-option', /no option "-e"/)],
    ['dags backfill daily', refusedWith('unknown-command', /no command "dags backfill"/)],
    ['dags list -B a -B b', 'dags list --bundle-name=a --bundle-name=b'],
    ['tasks run daily t1 r1', refusedWith('unknown-command', /no command "tasks run"/)],
  ]);
});
