import { API_ENVIRONMENT_VARIABLES } from '../../contract/function-names.ts';

/** The only API and stage whose events a function trusts. The stage by its name: its resource would depend on the functions. */
export interface ApiStage {
  readonly id: string;
  readonly stage: string;
}

/** How a function is told. */
export const createApiVariables = ({ id, stage }: ApiStage): Record<string, string> => ({
  [API_ENVIRONMENT_VARIABLES.apiId]: id,
  [API_ENVIRONMENT_VARIABLES.apiStage]: stage,
});
