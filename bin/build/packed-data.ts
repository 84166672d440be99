/**
 * The compressed parts of a program. Each is in a comment of its own at the end of the file, so that a call decompresses only what it
 * needs.
 */
export type PackedPart = 'code' | 'packages' | 'catalogs';

/** Begins the comment that contains a part. Its index and its compressed content, in base64, follow, each in a line of its own. */
export const getPackedStart = (part: PackedPart): string => `/*packed ${part}\n`;

/** Where each text is in the decompressed part, by release: the first byte, and the byte after the last one. */
export type TextRanges = Readonly<Record<string, readonly [start: number, end: number]>>;

export interface CatalogIndex {
  readonly catalogs: TextRanges;
  /** Not every release has operations. */
  readonly operations: TextRanges;
}

/**
 * The parameters of the packed code and of the packed packages, in order. The exports of both are functions that load a module, by the
 * name of the module. `packed` is `unpack.ts`.
 */
export const PACKED_PARAMETERS = ['exports', 'require', 'packed'] as const;
