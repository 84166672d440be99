import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { findEffects } from '../../airflow/command-effects.ts';
import { NUMBER_BOUNDS } from '../../airflow/cost-bounds.ts';
import { EFFECT_DESCRIPTIONS, type Effect } from '../../airflow/effect.ts';
import { NOTE_TEXTS } from '../../airflow/note-texts.ts';
import { EXIT_CODES } from '../../client/exit-codes.ts';
import { AUDIT_USAGE } from '../../client/mwaa/audit-command.ts';
import { DIRECT_STEPS, MWAA_API_STEPS } from '../../client/mwaa/doctor/diagnose-direct.ts';
import { CALLER_STEPS, FUNCTION_STEPS } from '../../client/mwaa/doctor/diagnose-proxy.ts';
import { REST_FUNCTION_STEPS } from '../../client/mwaa/doctor/relay-steps.ts';
import { DOCTOR_USAGE } from '../../client/mwaa/doctor-command.ts';
import { REDRIVE_USAGE } from '../../client/mwaa/redrive-command.ts';
import { SETTING_VARIABLES } from '../../client/setting-variables.ts';
import { DEFAULT_LIMITS } from '../../config/limits.ts';
import { QUOTAS } from '../../config/quotas.ts';
import { DEFAULT_TIMEOUTS } from '../../config/timeouts.ts';
import { EVENT_METRICS, RELAY_METRICS, REQUEST_EVENTS, REQUEST_METRICS } from '../../contract/metric-names.ts';
import { PROBLEM_TYPES } from '../../contract/problem-types.ts';
import { CATALOGS } from '../../files/catalogs.ts';
import { INVOKE_ERROR_MEANINGS } from '../../lambda/front/queue/invoke-errors.ts';
import { parseCallerPattern } from '../../policy/caller-pattern.ts';
import { findCallerWarning, type RequiredClaims } from '../../policy/caller-warnings.ts';
import { COMMAND_SETS, expandCommandSet } from '../../policy/command-sets.ts';
import { EFFECT_WARNINGS } from '../../policy/command-warnings.ts';
import { readTable, readText, toAnchor } from './markdown.ts';

/** The lines of a page, each with single spaces. */
const readPageLines = (page: string): string[] =>
  readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8')
    .split('\n')
    .map((line) => line.replace(/ +/g, ' '));

test('docs/api.md has the table of problems', () => {
  const rows = Object.entries(PROBLEM_TYPES).map(([code, { status, title, retrySafe, retryAfterSeconds }]) => {
    const wait = retryAfterSeconds === undefined ? '' : `${retryAfterSeconds} s `;
    return `| \`${code}\` | ${status} | ${retrySafe ? 'yes' : 'no'} | ${wait}| ${title} |`;
  });
  const lines = readPageLines('api.md').filter((line) => /^\| `[a-z-]+` \| \d{3} \| (yes|no)/.test(line));
  expect(lines.map((line) => line.replace(/(?<=\|) [^|]+ \|$/, ''))).toEqual(rows);
});

test('docs/api.md says for every problem what to do, in sentences', () => {
  const rows = readTable(readText('docs/api.md'), 'type');
  expect(rows.map(([code]) => code)).toEqual(Object.keys(PROBLEM_TYPES).map((code) => `\`${code}\``));
  for (const [code, , , retryAfter, , whatToDo] of rows) {
    expect(whatToDo, code).toMatch(/^[A-Z].{10,}\.$/);
    // What to do mentions the wait where there is one.
    if (retryAfter !== '') expect(whatToDo, code).toMatch(/[Ww]ait|again|Check in Airflow/);
  }
});

test('docs/api.md has the timeouts and limits with their defaults', () => {
  const rows = Object.entries({ ...DEFAULT_TIMEOUTS, ...DEFAULT_LIMITS }).map(
    ([key, value]) => `| \`${key}\` | ${value} |`,
  );
  const found = readPageLines('api.md').map((line) => /^\| `\w+(?:Seconds|Bytes)` \| \d+ \|/.exec(line)?.[0]);
  expect(found.filter((row) => row !== undefined)).toEqual(rows);
});

test('docs/api.md has the table of metrics', () => {
  const rows = Object.entries({ ...REQUEST_METRICS, ...REQUEST_EVENTS, ...RELAY_METRICS, ...EVENT_METRICS }).map(
    ([name, unit]) => `| \`${name}\` | ${unit} |`,
  );
  const found = readPageLines('api.md').map((line) => /^\| `\w+` \| (?:Count|Milliseconds) \|/.exec(line)?.[0]);
  expect(found.filter((row) => row !== undefined)).toEqual(rows);
});

/** Statuses that `curl --retry`, the AWS SDKs and HTTP proxies retry automatically. */
const AUTO_RETRIED_STATUSES = [408, 429, 500, 502, 503, 504];

test('a problem has a status that clients retry automatically only if a retry has no second effect', () => {
  const retried = Object.entries(PROBLEM_TYPES).filter(([, { status }]) => AUTO_RETRIED_STATUSES.includes(status));
  // `internal-error` occurs only before the command is sent. Afterwards, the relay returns `outcome-unknown`.
  expect(retried.filter(([, { retrySafe }]) => !retrySafe).map(([code]) => code)).toEqual(['internal-error']);
});

test('docs/policy.md has the table of sets', () => {
  const rows = Object.entries(COMMAND_SETS).map(([name, { description }]) => `| \`${name}\` | ${description} |`);
  expect(readPageLines('policy.md').filter((line) => line.startsWith('| `@'))).toEqual(rows);
});

/** The rows of the table below a row of headings. */
function readLinesBelow(page: string, headings: string): string[] {
  const lines = readPageLines(page);
  const start = lines.indexOf(headings);
  return lines.slice(start + 2, lines.indexOf('', start));
}

test('docs/policy.md has the table of effects', () => {
  const rows = Object.entries(EFFECT_DESCRIPTIONS).map(([effect, description]) => {
    const sets = Object.keys(COMMAND_SETS).filter((set) =>
      CATALOGS.releases().some((release) =>
        expandCommandSet(set, CATALOGS.read(release))!.some(({ path }) =>
          findEffects(path, release).has(effect as Effect),
        ),
      ),
    );
    const risk = EFFECT_WARNINGS[effect as Effect]?.risk ?? '';
    return `| ${description} | ${sets.map((set) => `\`${set}\``).join(', ')} | ${risk} |`.replace(/ +/g, ' ');
  });
  expect(readLinesBelow('policy.md', '| effect | sets | warning |')).toEqual(rows);
});

test('docs/policy.md has the largest numbers', () => {
  const rows = Object.entries(NUMBER_BOUNDS).flatMap(([dest, maximum]) =>
    maximum === null ? [] : [`| \`--${dest.replaceAll('_', '-')}\` | ${maximum} |`],
  );
  expect(readLinesBelow('policy.md', '| option | maximum |')).toEqual(rows);
});

test('docs/policy.md shows callers that cause a warning, and what to write instead', () => {
  const rows = readLinesBelow('policy.md', '| caller | warning | instead |').map((row) => [
    ...row.matchAll(/`([^`]+)`/g),
  ]);
  expect(rows.length).toBeGreaterThan(10);
  const warn = (who: string, required?: RequiredClaims) =>
    findCallerWarning(parseCallerPattern(who.startsWith('oidc:') ? who : `arn:aws:iam::111122223333:${who}`), required);
  for (const row of rows) {
    const [caller, instead] = [row[0]![1]!, row.at(-1)![1]!];
    expect(warn(caller), caller).toBeDefined();
    const isRequirement = instead.startsWith('{');
    expect(isRequirement ? warn(caller, { email_verified: 'true' }) : warn(instead), instead).toBeUndefined();
  }
});

test('docs/shell.md has the settings with their variables, and the exit codes', () => {
  const lines = readPageLines('shell.md');
  const settings = Object.entries(SETTING_VARIABLES).map(([key, variable]) => `| \`${key}\` | \`${variable}\` |`);
  const found = lines.map((line) => /^\| `\w+` \| `[A-Z_]+` \|/.exec(line)?.[0]);
  expect(found.filter((row) => row !== undefined)).toEqual(settings);
  const codes = lines.map((line) => /^\| (\d+) \|/.exec(line)?.[1]);
  expect(codes.filter((code) => code !== undefined).map(Number)).toEqual(Object.values(EXIT_CODES));
});

test.each([
  ['caller', CALLER_STEPS],
  ['function', FUNCTION_STEPS],
  ['REST relay', REST_FUNCTION_STEPS],
  ['direct', [...DIRECT_STEPS, ...MWAA_API_STEPS]],
])('docs/operations.md has the table of the steps of mwaa doctor: %s', (side, steps) => {
  const lines = readPageLines('operations.md');
  const heading = lines.findIndex((line) => line.startsWith(`| ${side}: step |`));
  const rows = lines.slice(heading + 2, lines.indexOf('', heading));
  expect(rows.map((row) => /^\| `(.+?)` \|/.exec(row)?.[1])).toEqual([...steps]);
});

test('docs/operations.md names only errors of Lambda after which the relay was not started', () => {
  const lines = readPageLines('operations.md');
  const heading = lines.findIndex((line) => line.startsWith('| `lambdaError` |'));
  const cells = lines.slice(heading + 2, lines.indexOf('', heading)).map((line) => line.split(' | ')[0] ?? '');
  const names = cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name));
  const kinds = new Map(Object.entries(INVOKE_ERROR_MEANINGS).map(([name, { kind }]) => [name, kind]));

  expect(names.length).toBeGreaterThan(15);
  expect(names.filter((name) => !['wait', 'not-started'].includes(kinds.get(name) ?? 'unknown'))).toEqual([]);
});

test('docs/deploying.md has the table of quotas', () => {
  const lines = readPageLines('deploying.md');
  const heading = lines.findIndex((line) => line.startsWith('| quota | limit |'));
  const rows = QUOTAS.map(
    ({ name, limit, adjustable, formula }) =>
      `| ${name} | ${limit.toLocaleString('en-US')} | ${adjustable ? 'yes' : 'no'} | ${formula} |`,
  );
  expect(lines.slice(heading + 2, lines.indexOf('', heading))).toEqual(rows);
});

const isDate = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) === true;

interface Section {
  readonly isDecision: boolean;
  readonly title: string;
  /** The first paragraph, on one line. */
  readonly firstParagraph: string;
}

/** Lists the faults of a page of decisions: in its index, in dates, and in links between superseded decisions. */
function findDecisionFaults(page: string): string[] {
  const [, index = '', body = ''] = /^## Index\n\n([\s\S]*?)\n\n(## [\s\S]*)$/m.exec(page) ?? [];
  const sections = body.split(/^(?=#{2,3} )/m).map((text): Section => {
    const [heading = '', first = ''] = text.split('\n\n');
    return {
      isDecision: heading.startsWith('### '),
      title: heading.trim().replace(/^#+ /, ''),
      firstParagraph: first.trim().replaceAll('\n', ' '),
    };
  });
  return [...findIndexFaults(index.split('\n'), sections), ...findDateFaults(sections)];
}

function findIndexFaults(found: readonly string[], sections: readonly Section[]): string[] {
  const expected = sections.map(
    ({ isDecision, title }) => `${isDecision ? '  ' : ''}- [${title}](#${toAnchor(title)})`,
  );
  const known = found.filter((line) => expected.includes(line));
  const inOrder = [...known].sort((a, b) => expected.indexOf(a) - expected.indexOf(b));
  return [
    ...expected.filter((line) => !found.includes(line)).map((line) => `not in the index: ${line.trim()}`),
    ...found.filter((line) => !expected.includes(line)).map((line) => `no such heading: ${line.trim()}`),
    ...(known.join() === inOrder.join() ? [] : ['the index has a different order than the headings']),
  ];
}

/** The line below a heading: the date, and a link if the decision supersedes another one or was superseded. */
const DATED = /^_(.{10})_(?: · (?:supersedes|(superseded on (.{10}) by)) \[.+\]\(#(.+)\))?$/;

function findDateFaults(sections: readonly Section[]): string[] {
  const anchors = sections.map(({ title }) => toAnchor(title));
  const group = anchors.indexOf('superseded');
  return sections.flatMap(({ isDecision, title, firstParagraph }, index) => {
    if (!isDecision) return [];
    const [, date = '', superseded, supersededOn = date, other] = DATED.exec(firstParagraph) ?? [];
    return [
      ...(isDate(date) && isDate(supersededOn) ? [] : [`no date: ${title}`]),
      ...(other === undefined || anchors.includes(other) ? [] : [`links to a decision that does not exist: ${title}`]),
      ...((superseded !== undefined) === index > group ? [] : [`in the wrong group: ${title}`]),
    ];
  });
}

describe('docs/decisions.md', () => {
  const page = readText('docs/decisions.md');

  test('has an index of all decisions, a date for each, and links between superseded decisions', () => {
    expect(findDecisionFaults(page)).toEqual([]);
    expect(page.match(/^### /gm)?.length).toBeGreaterThan(50);
  });

  test.each<[planted: string, text: string | RegExp, by: string, fault: RegExp]>([
    [
      'a heading that is missing in the index',
      '## Policy\n',
      '### New\n\n_2026-11-28_\n\n$&',
      /^not in the index: - \[New\]/,
    ],
    ['an entry of the index without a heading', '- [Policy]', '  - [Gone](#gone)\n$&', /^no such heading: - \[Gone\]/],
    ['two entries of the index in the wrong order', /^( {2}- .+\n)( {2}- .+\n)/m, '$2$1', /different order/],
    ['a decision without a date', '_2026-11-22_\n\n', '', /^no date: The command is parsed/],
    ['a date that does not exist', '_2026-11-22_', '_2026-02-30_', /^no date: The command is parsed/],
    [
      'a decision that links to a missing one',
      /superseded on .{10} by\n\[.+?\]\(#/,
      '$&no-',
      /^links to a decision that does not exist/,
    ],
    [
      'a superseded decision outside its group',
      '_2026-11-26_',
      '$& · superseded on 2026-11-27 by [P](#policy)',
      /wrong group/,
    ],
  ])('the check finds a planted fault: %s', (_planted, text, by, fault) => {
    expect(findDecisionFaults(page.replace(text, by))).toEqual([expect.stringMatching(fault)]);
  });
});

test('.github/workflows/test.yml runs npm test on the lowest Node.js of package.json', () => {
  const lowest = JSON.parse(readText('package.json')).engines.node.replace('>=', '');
  const workflow = readText('.github/workflows/test.yml');

  expect(workflow).toContain(`node: ["${lowest}", `);
  expect(workflow).toMatch(/^ +- run: npm test$/m);
});

describe('the runbook in docs/operations.md', () => {
  const page = readText('docs/operations.md');
  const headings = page.split(/^### /m).slice(1);
  /** The command to paste: the block of shell code directly below a heading. */
  const findCommand = (section: string) => /^[\w-]+\n\n```sh\n(.+?)\n```\n/s.exec(section)?.[1];

  test.each(headings.map((section) => [section.split('\n', 1)[0], section]))(
    '%s begins with one command to paste',
    (_name, section) => {
      const command = findCommand(section);
      expect(command).toBeDefined();
      // One command: continued lines, no second one.
      expect(command!.replace(/\\\n/g, '')).not.toContain('\n');
      expect(section.match(/^```sh$/gm)).toHaveLength(1);
      expect(execFileSync('bash', ['-n', '-c', command!], { encoding: 'utf8' })).toBe('');
      const variables = [...command!.matchAll(/\$([A-Z_]+)/g)].map(([, name]) => name);
      for (const name of variables) expect(page).toContain(`${name}=$(output `);
      const [, subcommand] = /\bmwaa (\w+)/.exec(command!.replace('aws mwaa', '')) ?? [];
      const usages: Record<string, string> = { audit: AUDIT_USAGE, doctor: DOCTOR_USAGE, redrive: REDRIVE_USAGE };
      const usage = subcommand === undefined ? AUDIT_USAGE : usages[subcommand];
      expect(usage).toBeDefined();
      const [, ownWords = ''] = /(?:^|\| )mwaa \w+(.*)$/.exec(command!) ?? [];
      for (const [flag] of ownWords.matchAll(/--[\w-]+/g)) expect(usage).toContain(flag);
      // Without a time, the whole log group is read, which keeps its lines for a year.
      if (command!.includes('aws logs ')) expect(command).toMatch(/ --since \d+[hd] /);
      // With `--output text`, the AWS CLI applies a query to each page of a list.
      expect(command).not.toMatch(/aws lambda list-/);
    },
  );

  test('sets each variable to an output of the stack', () => {
    const outputs = [...page.matchAll(/\$\(output (\w+)\)/g)].map(([, name]) => name!);
    expect(outputs).toEqual(['RelayLog', 'FrontLog', 'AccessLog', 'AuthorizerLog', 'EventsLog']);
    for (const output of outputs) expect(readText('lib/proxy-stack.ts')).toContain(`new CfnOutput(this, '${output}'`);
  });
});

test('docs/api.md has the notes of a verdict, in the words of the shell client', () => {
  const rows = readPageLines('api.md').map((line) => line.replace(/ +\|/g, ' |'));
  const expected = Object.entries(NOTE_TEXTS).map(([note, text]) => `| \`${note}\` | ${text} |`);
  expect(rows.filter((row) => expected.includes(row))).toEqual(expected);
});
