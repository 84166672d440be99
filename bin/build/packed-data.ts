/** The compressed part of a program. */
export interface PackedData {
  /** The JSON text of each catalog, by release. */
  readonly catalogs: Readonly<Record<string, string>>;
  /** The body of a function with `PACKED_PARAMETERS`. Its exports are functions that load a module, by the name of the module. */
  readonly code: string;
}

/** Begins the comment that contains the packed data, at the end of the program. */
export const PACKED_DATA_START = '/*packed ';

/** The parameters of the packed code, in order. `lazy-plugin.ts` refers to their names. */
export const PACKED_PARAMETERS = ['exports', 'require', 'loadSharedModule', 'catalogFiles'] as const;
