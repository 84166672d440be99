/**
 * The names on which a function and its construct must agree. It imports nothing, and
 * is one of the few files of this room that `lib/` may import.
 */

/** Environment variables of a function that the API calls. */
export const API_VARIABLES = {
  /** Id of the REST API whose events the function trusts. */
  apiId: 'API_ID',
  /** Stage of that API. */
  apiStage: 'API_STAGE',
} as const;

/** One of the deployed functions: where its code stands, what it exports, and the file of data beside it. */
export interface FunctionNames {
  /** The module that is bundled, within `lambda/`. It exports `handler`. */
  readonly entry: string;
  /** As Lambda's `Handler` setting wants it. */
  readonly handler: string;
  /** Bundled code: ES module, one file. */
  readonly bundle: string;
  /** Beside the code, as JSON: what the function knows of the configuration. */
  readonly data: string;
}

const named = (name: string, data: string): FunctionNames => ({
  entry: `${name}/${name}.ts`,
  handler: `${name}.handler`,
  bundle: `${name}.mjs`,
  data,
});

/** The relay of one environment, with that environment's `environment-file.ts`. */
export const RELAY = named('relay', 'environment.json');

/** The relay's second export, for answers that are not streamed. */
export const RELAY_BUFFERED_HANDLER = 'relay.buffered';

/** Answers what needs no Airflow, with `directory-file.ts` and the catalogues in a folder beside it. */
export const DIRECTORY = named('directory', 'directory.json');

/** Checks the tokens of OIDC callers, with `authorizer-file.ts`. */
export const AUTHORIZER = named('authorizer', 'authorizer.json');

/** Beside the directory's code: `RELEASE.json` for each release that an environment runs. */
export const CATALOGUE_FOLDER = 'catalogues';

/** What a relay answers: `/environments/{name}/` and the path, by its one method. */
export const RELAY_ROUTES = {
  cli: 'POST',
  health: 'GET',
} as const;

/** What the directory answers of one environment: `/environments/{name}/` and the path. And `GET /environments`. */
export const DIRECTORY_ROUTES = {
  commands: 'GET',
  explain: 'POST',
} as const;

/** The same paths once more, below `/oidc`, for callers with a token instead of a signature. */
export const OIDC_PATH = 'oidc';

/** Member of the authoriser's context with the caller's claims as JSON text: `iss`, `sub`, `exp`, and those grants name. */
export const CLAIMS_MEMBER = 'callerClaims';

/** What the schedule sends to a relay in the place of a request. */
export const SCHEDULED_HEALTH = { scheduled: 'health' } as const;
