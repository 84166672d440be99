import { API_ENVIRONMENT_VARIABLES } from '../../contract/function-names.ts';

/** The API and stage whose events a function trusts. The stage is a name, because the stage construct depends on the functions. */
export interface ApiStage {
  readonly id: string;
  readonly stage: string;
}

/** Returns the environment variables that pass the API and stage to a function. */
export const createApiVariables = ({ id, stage }: ApiStage): Record<string, string> => ({
  [API_ENVIRONMENT_VARIABLES.apiId]: id,
  [API_ENVIRONMENT_VARIABLES.apiStage]: stage,
});
