/** Python source text, in the layout of `ruff format` with lines of 120 characters. */

const LINE_LENGTH = 120;
const INDENT = '    ';

/** An expression: in one line, and in several lines if it has that form. */
export interface PythonExpression {
  readonly line: string;
  /** Of an expression in brackets: what precedes the bracket, what stands in it, and what follows. */
  readonly parts?: { readonly open: string; readonly items: readonly PythonItem[]; readonly close: string };
  /** Whether it has several lines even if it fits into one. */
  readonly isExpanded?: boolean;
}

/** One element in brackets, with the key or the name that precedes it: `"a": `, `name=`. */
interface PythonItem {
  readonly prefix: string;
  readonly value: PythonExpression;
}

export const pythonName = (name: string): PythonExpression => ({ line: name });

export const pythonNumber = (value: number): PythonExpression => ({ line: String(value) });

/** A text in double quotes, or in single quotes if that needs fewer backslashes. */
export function pythonText(text: string): PythonExpression {
  const quote = text.includes('"') && !text.includes("'") ? "'" : '"';
  const content = text
    .replace(/[\\\n]/g, (character) => (character === '\n' ? '\\n' : '\\\\'))
    .replaceAll(quote, `\\${quote}`);
  return { line: `${quote}${content}${quote}` };
}

function bracket(open: string, items: readonly PythonItem[], close: string, isExpanded: boolean): PythonExpression {
  const line = `${open}${items.map(({ prefix, value }) => `${prefix}${value.line}`).join(', ')}${close}`;
  return { line, parts: { open, items, close }, isExpanded };
}

/** One line per entry. */
export const pythonDict = (entries: Readonly<Record<string, PythonExpression>>): PythonExpression =>
  bracket('{', toItems(entries), '}', true);

/** In one line if it fits. */
export const pythonShortDict = (entries: Readonly<Record<string, PythonExpression>>): PythonExpression =>
  bracket('{', toItems(entries), '}', false);

const toItems = (entries: Readonly<Record<string, PythonExpression>>): PythonItem[] =>
  Object.entries(entries).map(([key, value]) => ({ prefix: `${pythonText(key).line}: `, value }));

export const pythonSet = (values: readonly PythonExpression[]): PythonExpression => {
  const set = bracket(
    '{',
    values.map((value) => ({ prefix: '', value })),
    '}',
    false,
  );
  return { ...bracket('frozenset(', [{ prefix: '', value: set }], ')', false) };
};

export const pythonTuple = (texts: readonly string[]): PythonExpression =>
  bracket(
    '(',
    texts.map((text) => ({ prefix: '', value: pythonText(text) })),
    ')',
    false,
  );

/** A call with named arguments. */
export const pythonCall = (name: string, values: Readonly<Record<string, PythonExpression>>): PythonExpression =>
  bracket(
    `${name}(`,
    Object.entries(values).map(([key, value]) => ({ prefix: `${key}=`, value })),
    ')',
    false,
  );

/** A subscript such as `Literal["a", "b"]`. */
export const pythonLiteralType = (texts: readonly string[]): PythonExpression =>
  bracket(
    'Literal[',
    texts.map((text) => ({ prefix: '', value: pythonText(text) })),
    ']',
    false,
  );

/** `name: type = value`, in as many lines as it needs. */
export const formatAssignment = (target: string, value: PythonExpression): string =>
  formatExpression(`${target} = `, value, '', 0);

function formatExpression(
  before: string,
  { line, parts, isExpanded }: PythonExpression,
  after: string,
  depth: number,
): string {
  const indent = INDENT.repeat(depth);
  const whole = `${indent}${before}${line}${after}`;
  if (parts === undefined || (!hasExpanded({ line, parts, isExpanded }) && whole.length <= LINE_LENGTH)) return whole;
  const { open, items, close } = parts;
  // One argument in brackets of its own has no comma behind it.
  const comma = items.length === 1 && items[0]!.prefix === '' && items[0]!.value.parts !== undefined ? '' : ',';
  const lines = items.map(({ prefix, value }) => formatExpression(prefix, value, comma, depth + 1));
  return [`${indent}${before}${open}`, ...lines, `${indent}${close}${after}`].join('\n');
}

/** A bracket with several lines inside has several lines itself. */
const hasExpanded = ({ parts, isExpanded }: PythonExpression): boolean =>
  isExpanded === true || (parts?.items.some(({ value }) => hasExpanded(value)) ?? false);
