/** Whether the words ask for an import of variables, in the spelling of any release. */
export const isVariablesImport = ([first, second = '']: readonly string[]): boolean =>
  first === 'variables' && /^(?:import|-i.*|--import(?:=.*)?)$/s.test(second);
