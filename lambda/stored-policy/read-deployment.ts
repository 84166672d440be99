import { DEPLOYMENT_VARIABLES } from '../../contract/stored-policy.ts';

/** Reads an environment variable that the template sets. */
export function readVariable(name: keyof typeof DEPLOYMENT_VARIABLES, variables = process.env): string {
  const value = variables[DEPLOYMENT_VARIABLES[name]];
  if (value === undefined || value === '') throw new Error(`The variable ${DEPLOYMENT_VARIABLES[name]} is not set`);
  return value;
}

/** The parameter `Concurrency`, where 0 stands for a relay without reserved concurrency. */
export const readSlots = (text: string): number | 'unreserved' => Number(text) || 'unreserved';
