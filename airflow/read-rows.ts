import { isOneOf } from './find-foreign-name.ts';

/** What the JSON list of a command consists of. */
export interface JsonForm {
  /** Keys that every object has, one list for each generation of releases. Without them, any objects. */
  readonly shapes?: readonly (readonly string[])[] | undefined;
  /** The only keys that an object may have. */
  readonly onlyKeys?: readonly string[] | undefined;
  /** The list has at least one object. */
  readonly neverEmpty?: boolean | undefined;
  /** Names that the command asks for, by key. A row with another name belongs to another command. */
  readonly names?: ReadonlyMap<string, readonly string[]> | undefined;
}

/** What one walk over a list has found. */
export interface RowsReading {
  /** A value is a number. */
  readonly hasNumber: boolean;
  /** The first row of another command. */
  readonly foreignRow: object | undefined;
}

/** No output of Airflow is nested as deeply: Python's `json` writes at most about a thousand levels, and `JSON.stringify` a few thousand. */
const MAX_NESTING = 1000;

/**
 * Reads all rows of a list in one walk. A list of 6 MB does not fit into the processor's cache, so each walk takes as long as a tenth
 * of its parsing.
 *
 * @returns undefined if it is not a list of objects that all have the keys of the same shape, or is nested too deeply
 */
export function readRows(rows: readonly unknown[], form: JsonForm): RowsReading | undefined {
  if (form.neverEmpty && rows.length === 0) return undefined;
  let { shapes = [[]] } = form;
  let layout: Layout = { keys: [], names: [] };
  let hasNumber = false;
  let foreignRow: object | undefined;
  const nested: object[] = [];
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index];
    if (typeof row !== 'object' || row === null || Array.isArray(row)) return undefined;
    if (index === 0 || !hasLayout(row, layout)) {
      layout = createLayout(row, form);
      const { keys } = layout;
      if (form.onlyKeys && !keys.every((key) => form.onlyKeys!.includes(key))) return undefined;
      shapes = shapes.filter((shape) => shape.every((key) => keys.includes(key)));
      if (shapes.length === 0) return undefined;
    }
    let at = 0;
    for (const key in row) {
      const value = (row as Record<string, unknown>)[key];
      const names = layout.names[at++];
      if (names !== undefined && value !== names[0] && foreignRow === undefined && !isOneOf(names, value))
        foreignRow = row;
      if (typeof value === 'number') hasNumber = true;
      else if (typeof value === 'object' && value !== null) nested.push(value);
    }
  }
  const inner = nested.length === 0 ? 'no number' : readNested(nested);
  return inner === 'too deep' ? undefined : { hasNumber: hasNumber || inner === 'number', foreignRow };
}

/** The keys of a row in order, and the names that each of them may have. */
interface Layout {
  readonly keys: readonly string[];
  readonly names: readonly (readonly string[] | undefined)[];
}

function createLayout(row: object, { names }: JsonForm): Layout {
  const keys = Object.keys(row);
  return { keys, names: keys.map((key) => names?.get(key)) };
}

function hasLayout(row: object, { keys }: Layout): boolean {
  let at = 0;
  for (const key in row) if (key !== keys[at++]) return false;
  return at === keys.length;
}

/** Walks through nested values level by level. */
function readNested(values: readonly object[]): 'number' | 'no number' | 'too deep' {
  let hasNumber = false;
  let level = values;
  for (let depth = 2; level.length > 0; depth++) {
    if (depth > MAX_NESTING) return 'too deep';
    const next: object[] = [];
    for (const parent of level) {
      for (const value of Array.isArray(parent) ? parent : Object.values(parent)) {
        if (typeof value === 'number') hasNumber = true;
        else if (typeof value === 'object' && value !== null) next.push(value);
      }
    }
    level = next;
  }
  return hasNumber ? 'number' : 'no number';
}
