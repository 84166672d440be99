import { API_VARIABLES } from '../../lambda/names.ts';

/** The only API and stage whose events a function trusts. The stage by its name: its resource would depend on the functions. */
export interface ApiOfStage {
  readonly id: string;
  readonly stage: string;
}

/** How a function is told. */
export const apiVariables = ({ id, stage }: ApiOfStage): Record<string, string> => ({
  [API_VARIABLES.apiId]: id,
  [API_VARIABLES.apiStage]: stage,
});
