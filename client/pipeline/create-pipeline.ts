import { createGitHubPipeline } from './github-pipeline.ts';
import { createGitLabPipeline } from './gitlab-pipeline.ts';
import type { Pipeline } from './pipeline.ts';

/** The pipeline whose runner has set these variables. */
export const createPipeline = (variables: NodeJS.ProcessEnv): Pipeline => {
  const write = (text: string) => void process.stdout.write(text);
  return variables.GITHUB_ACTIONS === 'true'
    ? createGitHubPipeline(variables, write)
    : createGitLabPipeline(variables, write);
};
