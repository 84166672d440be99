import {
  type Document,
  type ErrorCode,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import type { LocatedIssue } from './config-error.ts';

/** The keys and indexes that lead to a value in a file. zod uses the same form. */
export type YamlPath = readonly PropertyKey[];

/** A parsed YAML file, with the position of every value. */
export interface YamlSource {
  readonly data: unknown;
  /** The errors of the YAML parser. */
  readonly issues: readonly LocatedIssue[];
  /** False if the text is not valid YAML, so that `data` is undefined. */
  readonly isReadable: boolean;
  /**
   * Returns the position of a value. For a mapping or a list, this is the position of its key or dash. For a path that does not
   * exist, it is the position of the longest part of the path that exists.
   */
  readonly locate: (path: YamlPath, target?: 'key' | 'value') => { line: number; column: number };
}

/** Remedies for YAML errors that are common in grants, because globs may begin with `*` and sets begin with `@`. */
const YAML_ERROR_HINTS: Partial<Record<ErrorCode, string>> = {
  BAD_ALIAS: '. Put text that begins with * in quotes',
  BAD_SCALAR_START: '. Put the text in quotes',
};

/** Parses one YAML document. Never throws: the errors are in `issues`. */
export function parseYamlSource(text: string): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const toPosition = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const parserIssues = [...document.errors, ...document.warnings].map((error) => ({
    ...toPosition(error.pos[0]),
    path: '',
    message: `${error.message.replaceAll('\n', ' ')}${YAML_ERROR_HINTS[error.code] ?? ''}`,
  }));
  // The rest of the document can still be checked after a duplicate key, but not after any other error.
  const isParsed = document.errors.every(({ code }) => code === 'DUPLICATE_KEY');
  const unusableNodes = isParsed
    ? findUnusableNodes(document).map(({ offset, message }) => ({ ...toPosition(offset), path: '', message }))
    : [];
  const isReadable = isParsed && unusableNodes.length === 0;
  return {
    data: isReadable ? document.toJS() : undefined,
    issues: [...parserIssues, ...unusableNodes],
    isReadable,
    locate: (path, target = 'value') => toPosition(findOffset(document, path, target)),
  };
}

/** Finds nodes that cannot become plain data: aliases without an anchor, and the key `__proto__`, which is special in JavaScript. */
function findUnusableNodes(document: Document): { offset: number; message: string }[] {
  const nodes: { offset: number; message: string }[] = [];
  visit(document, {
    Alias(_, node) {
      if (node.resolve(document) !== undefined) return;
      const message = `YAML reads *${node.source} as an alias, but no anchor has this name. Put text that begins with * in quotes`;
      nodes.push({ offset: node.range?.[0] ?? 0, message });
    },
    Pair(_, { key }) {
      if (isScalar(key) && key.value === '__proto__') {
        nodes.push({ offset: key.range?.[0] ?? 0, message: 'the key __proto__ is not allowed' });
      }
    },
  });
  return nodes;
}

function findOffset(document: Document, path: YamlPath, target: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range?.[0] ?? 0;
  for (const [depth, key] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
      if (pair === undefined) return offset;
      offset = (pair.key as Node).range?.[0] ?? offset;
      if (target === 'key' && depth === path.length - 1) return offset;
      node = pair.value;
    } else if (isSeq(node)) {
      const item = node.items[Number(key)];
      if (item === undefined) return offset;
      offset = (item as Node).range?.[0] ?? offset;
      node = item;
    } else {
      break;
    }
  }
  return isScalar(node) && node.value !== null ? (node.range?.[0] ?? offset) : offset;
}
