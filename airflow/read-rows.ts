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
  /** How many values the rows have, nested ones included. */
  readonly valueCount: number;
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
  let layout: Layout | undefined;
  const found: Found = { hasNumber: false, valueCount: 0, foreignRow: undefined, nested: [] };
  for (const row of rows) {
    if (typeof row !== 'object' || row === null || Array.isArray(row)) return undefined;
    if (layout !== undefined && readMembers(row, layout, found)) continue;
    layout = createLayout(row, form);
    const { keys } = layout;
    if (form.onlyKeys && !keys.every((key) => form.onlyKeys!.includes(key))) return undefined;
    shapes = shapes.filter((shape) => shape.every((key) => keys.includes(key)));
    if (shapes.length === 0) return undefined;
    readMembers(row, layout, found);
  }
  return readNested(found) ? found : undefined;
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

/** What was found in the rows so far. */
interface Found {
  hasNumber: boolean;
  valueCount: number;
  foreignRow: object | undefined;
  readonly nested: object[];
}

/** Reads a row. @returns whether it has the layout: if not, its other members were not read */
function readMembers(row: object, { keys, names }: Layout, found: Found): boolean {
  let at = 0;
  for (const key in row) {
    if (key !== keys[at]) return false;
    const value = (row as Record<string, unknown>)[key];
    const expected = names[at++];
    if (expected !== undefined && value !== expected[0] && !isOneOf(expected, value)) found.foreignRow ??= row;
    if (typeof value === 'number') found.hasNumber = true;
    else if (typeof value === 'object' && value !== null) found.nested.push(value);
  }
  found.valueCount += at;
  return at === keys.length;
}

/** Walks through nested values level by level. @returns false if they are nested too deeply */
function readNested(found: Found): boolean {
  let level: readonly object[] = found.nested;
  for (let depth = 2; level.length > 0; depth++) {
    if (depth > MAX_NESTING) return false;
    const next: object[] = [];
    for (const parent of level) {
      const values: readonly unknown[] = Array.isArray(parent) ? parent : Object.values(parent);
      found.valueCount += values.length;
      for (const value of values) {
        if (typeof value === 'number') found.hasNumber = true;
        else if (typeof value === 'object' && value !== null) next.push(value);
      }
    }
    level = next;
  }
  return true;
}
