import type { Argument, Catalog } from './catalog.ts';
import type { Invocation } from './invocation.ts';
import { parseInvocation } from './parse-invocation.ts';
import { isJsonObject, parseJsonKeepingNumbers } from './parse-json.ts';
import { Refusal, truncateForMessage } from './refusal.ts';
import { splitCommandLine } from './split-command-line.ts';

/**
 * The words of a command in which placeholders such as `{key}` stand for values. A placeholder is a whole word, the whole value of an
 * option (`--run-id={id}`), or a whole string in a word that is JSON (`--conf='{"file": "{key}"}'`). Such a word keeps the type of the
 * value; every other word is text.
 */
export interface CommandTemplate {
  readonly words: readonly TemplateWord[];
  /** The placeholders, without braces. Each once. */
  readonly names: readonly string[];
}

/** A word before it is filled in. */
type TemplateWord =
  | { readonly kind: 'text'; readonly text: string }
  /** @param prefix what precedes the value, as in `--run-id=` */
  | { readonly kind: 'value'; readonly prefix: string; readonly name: string }
  | { readonly kind: 'json'; readonly prefix: string; readonly json: unknown };

const NAME = '[A-Za-z_][\\w.:/-]*';
const WHOLE = new RegExp(`^\\{(${NAME})\\}$`);
/** Braces around something that was meant as a placeholder, like `{ key }` or `{detail.items[0]}`. */
const BRACED = /^\{[^{}":]+\}$/;
/** An option and its value. A word that is no option is a value. */
const OPTION_VALUE = /^(--[\w-]+=)?(.*)$/s;

/**
 * Reads the template of a command: a command line in the syntax of a shell, or its words.
 *
 * @param isName whether a name is one of the placeholders that there are
 * @param expectation says which there are, as in `Placeholders: {bucket}, {key}`
 * @throws Refusal `unreadable` or `invalid-value`
 */
export function parseCommandTemplate(
  source: string | readonly string[],
  isName: (name: string) => boolean,
  expectation: string,
): CommandTemplate {
  const names = new Set<string>();
  const takeName = (text: string): string | undefined => {
    const name = WHOLE.exec(text)?.[1];
    if (name === undefined) {
      if (BRACED.test(text))
        throw new Refusal('invalid-value', `${truncateForMessage(text)} is not a placeholder. ${expectation}.`);
      const partial = [...text.matchAll(new RegExp(`\\{(${NAME})\\}`, 'g'))].find(([, inner = '']) => isName(inner));
      if (partial === undefined) return undefined;
      throw new Refusal(
        'invalid-value',
        `${partial[0]} in ${truncateForMessage(text)} is only a part of a value. A placeholder stands for a whole word, a whole value of ` +
          'an option, or a whole string in JSON.',
      );
    }
    if (!isName(name)) throw new Refusal('invalid-value', `{${name}} is not a placeholder. ${expectation}.`);
    names.add(name);
    return name;
  };
  const parseWord = (word: string): TemplateWord => {
    const [, prefix = '', value = ''] = OPTION_VALUE.exec(word) ?? [];
    const json = parseJsonContainer(value);
    if (json !== undefined) {
      visitStrings(json, takeName);
      return { kind: 'json', prefix, json };
    }
    const name = takeName(value);
    return name === undefined ? { kind: 'text', text: word } : { kind: 'value', prefix, name };
  };
  const words = (typeof source === 'string' ? splitCommandLine(source) : source).map(parseWord);
  return { words, names: [...names] };
}

/**
 * Fills in the values of a template.
 *
 * @param values by placeholder: any JSON value. In a word that is text, a string stays as it is, and everything else becomes JSON
 * @throws Refusal `missing-value` if there is no value, or if it is null and its word is text
 */
export function fillCommandTemplate({ words }: CommandTemplate, values: ReadonlyMap<string, unknown>): string[] {
  const take = (name: string): unknown => {
    if (values.has(name)) return values.get(name);
    throw new Refusal('missing-value', `There is no value for {${name}}.`);
  };
  return words.map((word) => {
    if (word.kind === 'text') return word.text;
    if (word.kind === 'json') return `${word.prefix}${JSON.stringify(fillJson(word.json, take))}`;
    const value = take(word.name);
    if (value === null) throw new Refusal('missing-value', `The value for {${word.name}} is null.`);
    return `${word.prefix}${typeof value === 'string' ? value : JSON.stringify(value)}`;
  });
}

/**
 * Parses a filled template, and checks that the values are only values: none has become an option, or part of another argument.
 *
 * @param samples a value for each placeholder, with which the template is known to be valid
 * @throws Refusal
 */
export function parseFilledTemplate(
  catalog: Catalog,
  template: CommandTemplate,
  values: ReadonlyMap<string, unknown>,
  samples: ReadonlyMap<string, unknown>,
): Invocation {
  const expected = parseInvocation(catalog, fillCommandTemplate(template, samples));
  const filled = parseInvocation(catalog, fillCommandTemplate(template, values));
  if (describeShape(expected) === describeShape(filled)) return filled;
  throw new Refusal('invalid-value', 'A value has become an option. Values must not begin with "-".');
}

/** Which arguments an invocation has, and how many values each. */
const describeShape = ({ command, values }: Invocation): string =>
  JSON.stringify([
    command.path,
    ...command.arguments.flatMap((argument: Argument) => {
      const given = values.get(argument);
      return given === undefined ? [] : [[argument.dest, argument.flags?.[0], given.length]];
    }),
  ]);

/** The JSON object or list that a text is, or undefined. */
function parseJsonContainer(text: string): unknown {
  if (!/^\s*[[{]/.test(text) || WHOLE.test(text)) return undefined;
  try {
    const value = parseJsonKeepingNumbers(text);
    return isJsonObject(value) || Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function visitStrings(json: unknown, visit: (text: string) => void): void {
  if (typeof json === 'string') visit(json);
  else if (Array.isArray(json)) for (const element of json) visitStrings(element, visit);
  else if (isJsonObject(json)) {
    for (const [key, member] of Object.entries(json)) {
      if (WHOLE.test(key))
        throw new Refusal(
          'invalid-value',
          `${truncateForMessage(key)} is a name in JSON. A placeholder stands for a value only.`,
        );
      visitStrings(member, visit);
    }
  }
}

function fillJson(json: unknown, take: (name: string) => unknown): unknown {
  if (typeof json === 'string') {
    const name = WHOLE.exec(json)?.[1];
    return name === undefined ? json : take(name);
  }
  if (Array.isArray(json)) return json.map((element) => fillJson(element, take));
  if (!isJsonObject(json)) return json;
  return Object.fromEntries(Object.entries(json).map(([key, member]) => [key, fillJson(member, take)]));
}
