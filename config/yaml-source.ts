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

/** The way to a value inside a file, as zod writes it. */
export type YamlPath = readonly PropertyKey[];

/** A YAML file as plain data, with the place of every value. */
export interface YamlSource {
  readonly data: unknown;
  /** What YAML itself finds wrong. */
  readonly issues: readonly LocatedIssue[];
  /** False where the text could not be read to its end, so that `data` says nothing. */
  readonly isReadable: boolean;
  /** Where a value stands: the value itself when it is on one line, else the key (or the dash) that introduces it. A
   * path that leads nowhere is placed at the nearest part of it that exists. */
  readonly locate: (path: YamlPath, at?: 'key' | 'value') => { line: number; column: number };
}

/** What to do about YAML's own refusals that grants run into, since patterns begin with `*` and sets with `@`. */
const YAML_ERROR_HINTS: Partial<Record<ErrorCode, string>> = {
  BAD_ALIAS: ': write text that begins with * in quotes',
  BAD_SCALAR_START: ': write it in quotes',
};

/** Reads one YAML document. Never throws: what is wrong stands in `faults`. */
export function parseYamlSource(text: string): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const broken = [...document.errors, ...document.warnings].map((error) => ({
    ...at(error.pos[0]),
    path: '',
    message: `${error.message.replaceAll('\n', ' ')}${YAML_ERROR_HINTS[error.code] ?? ''}`,
  }));
  // A key written twice leaves a tree that can be checked further; anything else that YAML refuses does not.
  const readable = document.errors.every(({ code }) => code === 'DUPLICATE_KEY');
  const unusable = readable
    ? findUnusableNodes(document).map(({ offset, message }) => ({ ...at(offset), path: '', message }))
    : [];
  return {
    data: readable && unusable.length === 0 ? document.toJS() : undefined,
    issues: [...broken, ...unusable],
    isReadable: readable && unusable.length === 0,
    locate: (path, prefer) => at(findOffset(document, path, prefer ?? 'value')),
  };
}

/** Nodes that cannot become plain data: references to nothing, and the one key that JavaScript treats specially. */
function findUnusableNodes(document: Document): { offset: number; message: string }[] {
  const found: { offset: number; message: string }[] = [];
  visit(document, {
    Alias(_, node) {
      if (node.resolve(document) !== undefined) return;
      const message = `YAML reads *${node.source} as a reference to an anchor, and there is none: write text that begins with * in quotes`;
      found.push({ offset: node.range?.[0] ?? 0, message });
    },
    Pair(_, { key }) {
      if (isScalar(key) && key.value === '__proto__') {
        found.push({ offset: key.range?.[0] ?? 0, message: '__proto__ cannot be a key' });
      }
    },
  });
  return found;
}

function findOffset(document: Document, path: YamlPath, prefer: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range?.[0] ?? 0;
  for (const [depth, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      if (pair === undefined) return offset;
      offset = (pair.key as Node).range?.[0] ?? offset;
      if (prefer === 'key' && depth === path.length - 1) return offset;
      node = pair.value;
    } else if (isSeq(node)) {
      const item = node.items[Number(step)];
      if (item === undefined) return offset;
      offset = (item as Node).range?.[0] ?? offset;
      node = item;
    } else {
      break;
    }
  }
  return isScalar(node) && node.value !== null ? (node.range?.[0] ?? offset) : offset;
}
