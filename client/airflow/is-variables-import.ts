/** Whether the words are an import of variables, in the syntax of any release. */
export const isVariablesImport = ([first, second = '']: readonly string[]): boolean =>
  first === 'variables' && /^(?:import|-i.*|--import(?:=.*)?)$/s.test(second);
