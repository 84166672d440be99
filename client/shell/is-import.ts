/** Whether the words ask for an import of variables, in the spelling of any release. */
export const isImport = ([first, second = '']: readonly string[]): boolean =>
  first === 'variables' && /^(?:import|-i.*|--import(?:=.*)?)$/s.test(second);
