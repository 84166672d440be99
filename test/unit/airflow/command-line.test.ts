import { describe, expect, test } from 'vitest';
import type { Catalogue } from '../../../airflow/catalogue.ts';
import { parse } from '../../../airflow/parse.ts';
import { Refusal, type RefusalCode } from '../../../airflow/refusal.ts';
import { render } from '../../../airflow/render.ts';
import { words } from '../../../airflow/words.ts';
import { AIRFLOW_2, AIRFLOW_3 } from './catalogues.ts';

/** One row: what a caller writes, and the command line that is sent or why there is none. */
type Row = [text: string, expected: string | { code: RefusalCode; detail: RegExp }];

const refused = (code: RefusalCode, detail: RegExp) => ({ code, detail });

function check(catalogue: Catalogue, rows: readonly Row[]) {
  test.each(rows)('%s', (text, expected) => {
    const line = () => render(parse(catalogue, words(text)));
    if (typeof expected === 'string') {
      expect(line()).toBe(expected);
      expect(render(parse(catalogue, words(expected)))).toBe(expected);
      return;
    }
    expect(line).toThrow(Refusal);
    expect(line).toThrow(
      expect.objectContaining({ code: expected.code, message: expect.stringMatching(expected.detail) }),
    );
  });
}

describe('Airflow 2.10.3', () => {
  check(AIRFLOW_2, [
    ['version', 'version'],
    ['  dags   list  ', 'dags list'],
    ['dags list -o json', 'dags list --output=json'],
    ['dags list -ojson', 'dags list --output=json'],
    ['dags list -o=json', 'dags list --output=json'],
    ['dags list -vo json', 'dags list --output=json --verbose'],
    ['dags list -o table -o json', 'dags list --output=json'],
    ['dags trigger daily', 'dags trigger daily'],
    ['dags trigger -r r1 daily -c {"a":1}', refused('invalid-value', /--conf must be JSON/)],
    [`dags trigger -r r1 daily -c '{"a":1}'`, `dags trigger --conf='{"a":1}' --run-id=r1 daily`],
    [
      `dags trigger --conf "{\\"a\\": \\"it's $5 für \`x\`!\\"}" d`,
      `dags trigger --conf='{"a": "it\\u0027s \\u00245 f\\u00fcr \\u0060x\\u0060\\u0021"}' d`,
    ],
    ['dags trigger -- -odd', 'dags trigger -- -odd'],
    ['dags trigger -5', 'dags trigger -- -5'],
    [`dags trigger ''`, `dags trigger ''`],
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

    ['', refused('empty', /empty/)],
    ['airflow dags list', refused('unknown-command', /leading "airflow"/)],
    ['dgas list', refused('unknown-command', /Did you mean "dags list"/)],
    ['dags triger x', refused('unknown-command', /Did you mean "trigger"/)],
    ['dags', refused('unknown-command', /needs a command after it: .*trigger/)],
    ['--verbose dags list', refused('unknown-command', /comes first/)],
    ['-- dags list', refused('unknown-command', /comes first/)],
    ['dags trigger', refused('missing-argument', /needs dag_id/)],
    ['dags trigger a b', refused('unexpected-argument', /does not take "b"/)],
    ['dags trigger a --', 'dags trigger a'],
    ['dags trigger -- --', refused('invalid-value', /cannot be "--"/)],
    ['dags trigger a --conf=--', refused('invalid-value', /cannot be "--"/)],
    ['dags trigger a --confi={}', refused('unknown-option', /Did you mean "--conf"/)],
    ['dags trigger a --con={}', refused('abbreviated-option', /--conf in full/)],
    ['dags trigger a --conf', refused('missing-value', /--conf=VALUE/)],
    ['dags trigger a --conf --verbose', refused('missing-value', /--conf=VALUE/)],
    ['dags list --verbose=1', refused('unexpected-value', /takes no value/)],
    ['dags list -vx', refused('unknown-option', /no option "-x"/)],
    ['dags list -vo=json', refused('unknown-option', /-o on its own/)],
    ['connections export f --serialization-format \ufeffjson', refused('invalid-value', /one of json, uri/)],
    [`dags trigger d -c ${'['.repeat(501)}${']'.repeat(501)}`, refused('invalid-value', /at most 500 deep/)],
    [`dags trigger d -c ${'9'.repeat(4301)}`, refused('invalid-value', /at most 4,300 digits/)],
    ['dags list -o csv -o json', refused('invalid-value', /one of json/)],
    ['dags list -o csv', refused('invalid-value', /one of json, plain, table, yaml/)],
    ['dags next-execution d -n many', refused('invalid-value', /whole number/)],
    ['dags list --help', refused('help', /leave out --help/)],
    ['dags list -h', refused('help', /leave out/)],
    ['dags list -vh', refused('help', /leave out/)],
    ['tasks test daily --dry-run t1', 'tasks test --dry-run daily t1'],
    ['tasks test daily t1 --dry-run 2024-01-01', refused('unexpected-argument', /together/)],
    ['dags trigger a -v --', refused('unexpected-argument', /Nothing follows/)],
    ['dags trigger "a\nb"', refused('forbidden-character', /U\+000A .* dag_id/)],
    ['variables set k a\u0007b', refused('forbidden-character', /U\+0007/)],
    ['dags trigger "a', refused('unreadable', /not closed/)],
    ['dags trigger a\\', refused('unreadable', /backslash/)],
  ]);
});

describe('Airflow 3.0.6', () => {
  check(AIRFLOW_3, [
    ['dags list-runs daily', 'dags list-runs daily'],
    ['dags list-runs --dag-id daily', refused('unknown-option', /no option "--dag-id"/)],
    ['dags trigger -l 2024-01-01 daily', 'dags trigger --logical-date=2024-01-01 daily'],
    ['dags trigger -e 2024-01-01 daily', refused('unknown-option', /no option "-e"/)],
    ['dags backfill daily', refused('unknown-command', /no command "dags backfill"/)],
    ['dags list -B a -B b', 'dags list --bundle-name=a --bundle-name=b'],
    ['tasks run daily t1 r1', refused('unknown-command', /no command "tasks run"/)],
  ]);
});
