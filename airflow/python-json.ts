/**
 * A JSON value as Python's `json` reads it: an integer of any size is a bigint, every other number a float (`NaN` and `Infinity` included). A
 * repeated key keeps its first place and its last value.
 */
export type PythonValue =
  | string
  | boolean
  | null
  | bigint
  | number
  | readonly PythonValue[]
  | ReadonlyMap<string, PythonValue>;

/**
 * Parses JSON as Python's `json.loads` does.
 *
 * @throws SyntaxError
 */
export function parsePythonJson(text: string): PythonValue {
  const reader = new Reader(text);
  const value = readValue(reader);
  if (reader.next() !== '') throw reader.createError();
  return value;
}

/** Tokens of JSON: punctuation, strings without control characters, numbers, and names. */
const TOKEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are not allowed in a string
  /[ \t\n\r]*(?:([[\]{},:])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)(?![0-9.])|(-?Infinity|NaN|true|false|null)|$)/y;

const NAMES: ReadonlyMap<string, PythonValue> = new Map<string, PythonValue>([
  ['true', true],
  ['false', false],
  ['null', null],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);

/** Python rejects longer integers. */
const MAX_INTEGER_DIGITS = 4300;

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next token, or `''` at the end. @throws SyntaxError */
  next(): string {
    TOKEN.lastIndex = this.#at;
    const match = TOKEN.exec(this.#text);
    if (match === null) throw this.createError();
    this.#at = TOKEN.lastIndex;
    return match[1] ?? match[2] ?? match[3] ?? match[4] ?? '';
  }

  createError(): SyntaxError {
    return new SyntaxError(`Invalid JSON at character ${this.#at + 1}`);
  }
}

function readValue(reader: Reader, token = reader.next()): PythonValue {
  if (token === '[') return readList(reader);
  if (token === '{') return readObject(reader);
  if (token.startsWith('"')) return JSON.parse(token) as string;
  const name = NAMES.get(token);
  if (name !== undefined) return name;
  if (!/^-?[0-9]/.test(token)) throw reader.createError();
  if (!/^-?[0-9]+$/.test(token)) return Number(token);
  if (token.length > MAX_INTEGER_DIGITS) throw new SyntaxError(`A number has more than ${MAX_INTEGER_DIGITS} digits`);
  return BigInt(token);
}

function readList(reader: Reader): readonly PythonValue[] {
  const list: PythonValue[] = [];
  let token = reader.next();
  if (token === ']') return list;
  for (;;) {
    list.push(readValue(reader, token));
    const separator = reader.next();
    if (separator === ']') return list;
    if (separator !== ',') throw reader.createError();
    token = reader.next();
  }
}

function readObject(reader: Reader): ReadonlyMap<string, PythonValue> {
  const members = new Map<string, PythonValue>();
  let token = reader.next();
  if (token === '}') return members;
  for (;;) {
    if (!token.startsWith('"') || reader.next() !== ':') throw reader.createError();
    members.set(JSON.parse(token) as string, readValue(reader));
    const separator = reader.next();
    if (separator === '}') return members;
    if (separator !== ',') throw reader.createError();
    token = reader.next();
  }
}

/** Formats a value as Python's `json.dumps(value, indent=2)` does. */
export function formatPythonJson(value: PythonValue, indent = ''): string {
  const inner = `${indent}  `;
  if (Array.isArray(value))
    return formatMembers(
      '[]',
      value.map((member) => formatPythonJson(member, inner)),
      indent,
    );
  if (value instanceof Map) {
    const members = [...value].map(([key, member]) => `${formatString(key)}: ${formatPythonJson(member, inner)}`);
    return formatMembers('{}', members, indent);
  }
  if (typeof value === 'number') return formatFloat(value);
  return typeof value === 'string' ? formatString(value) : String(value);
}

const formatMembers = (brackets: string, members: readonly string[], indent: string): string =>
  members.length === 0
    ? brackets
    : `${brackets[0]}\n${members.map((member) => `${indent}  ${member}`).join(',\n')}\n${indent}${brackets[1]}`;

/** In ASCII. */
const formatString = (text: string): string =>
  JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** The same digits as in JavaScript, but Python uses an exponent below 0.0001 and from 1e16 on, and always writes a fraction or exponent. */
function formatFloat(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const [, sign = '', digits = '', exponentText = ''] = /^(-?)([\d.]+)e([+-]\d+)$/.exec(value.toExponential())!;
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 16) {
    const exponentDigits = String(Math.abs(exponent)).padStart(2, '0');
    return `${sign}${digits}e${exponent < 0 ? '-' : '+'}${exponentDigits}`;
  }
  const text = digits.replace('.', '');
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${text}`;
  const whole = text.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${text.slice(exponent + 1) || '0'}`;
}

/** Whether Python's `if value:` holds. */
export function isPythonTruthy(value: PythonValue | undefined): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Map) return value.size > 0;
  return Number.isNaN(value) || Boolean(value);
}
