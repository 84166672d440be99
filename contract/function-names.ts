/**
 * The names on which a function and its construct must agree. It imports nothing, and
 * is one of the few files of this room that `lib/` may import.
 */

/** Environment variables of a function that the API calls. */
export const API_ENVIRONMENT_VARIABLES = {
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
  readonly bundleFile: string;
  /** Beside the code, as JSON: what the function knows of the configuration. */
  readonly dataFile: string;
}

const createFunctionNames = (name: string, data: string): FunctionNames => ({
  entry: `${name}/${name}.ts`,
  handler: `${name}.handler`,
  bundleFile: `${name}.mjs`,
  dataFile: data,
});

/** The relay of one environment, with that environment's `relay-file.ts`. */
export const RELAY_FUNCTION = createFunctionNames('relay', 'environment.json');

/** The relay's second export, for answers that are not streamed. */
export const RELAY_BUFFERED_HANDLER = 'relay.buffered';

/** Answers what needs no Airflow, with `front-file.ts` and the catalogs in a folder beside it. */
export const FRONT_FUNCTION = createFunctionNames('front', 'front.json');

/** Checks the tokens of OIDC callers, with `authorizer-file.ts`. */
export const AUTHORIZER_FUNCTION = createFunctionNames('authorizer', 'authorizer.json');

/** Beside the front's code: `RELEASE.json` for each release that an environment runs. */
export const CATALOG_FOLDER = 'catalogs';

/** What a relay answers: `/environments/{name}/` and the path, by its one method. */
export const RELAY_ROUTES = {
  cli: 'POST',
  health: 'GET',
} as const;

/** What the front answers of one environment: `/environments/{name}/` and the path. And `GET /environments`. */
export const FRONT_ROUTES = {
  commands: 'GET',
  explain: 'POST',
} as const;

/** The same paths once more, below `/oidc`, for callers with a token instead of a signature. */
export const OIDC_PATH = 'oidc';

/** Member of the authorizer's context with the caller's claims as JSON text: `iss`, `sub`, `exp`, and those grants name. */
export const CLAIMS_CONTEXT_KEY = 'callerClaims';

/** What the schedule sends to a relay in the place of a request. */
export const SCHEDULED_HEALTH_EVENT = { scheduled: 'health' } as const;
