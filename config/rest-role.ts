import type { Catalog } from '../airflow/catalog.ts';
import { type AirflowRole, getGreaterRole } from '../airflow/rest/airflow-role.ts';
import { findOperationFacts, getCoveringCommands, getRoleNeeded } from '../airflow/rest/operation-facts.ts';
import { expandRule, type Rule } from '../policy/rule.ts';
import { selectActiveGrants } from './active-grants.ts';
import type { Config, EnvironmentConfig } from './config-types.ts';

/** With less, Airflow shows nothing. */
const LEAST_ROLE: AirflowRole = 'Viewer';

/**
 * The Airflow role of an environment's REST relay: the configured one, or else the least default role that Airflow asks for in all
 * operations that the active grants allow. What no default role may do is left out, and so is what only `Admin` may do, unless a rule
 * names the operation.
 *
 * @param catalog of its release, with operations
 */
export function resolveRestRole(
  config: Pick<Config, 'grants'>,
  name: string,
  { restRole }: Pick<EnvironmentConfig, 'restRole'>,
  catalog: Catalog,
): AirflowRole {
  if (restRole !== undefined) return restRole;
  const rules = new Set(selectActiveGrants(config, name).flatMap(({ may }) => may));
  return findRoleNeeded([...rules], catalog);
}

/** Where the role of an environment comes from: `Op, which "api GET /variables" of the grant on line 12 needs for GET /variables`. */
export function describeRestRole(
  config: Pick<Config, 'grants'>,
  name: string,
  environment: Pick<EnvironmentConfig, 'restRole'>,
  catalog: Catalog,
): string {
  const { restRole } = environment;
  const needed = resolveRestRole(config, name, {}, catalog);
  // The permissions of `Public` are the owner's own.
  if (restRole !== undefined && (restRole === 'Public' || getGreaterRole(needed, restRole) === restRole)) {
    return `${restRole}, as restRole says`;
  }
  if (needed === LEAST_ROLE) return `${needed}, the least one that can be of use`;
  const reason = describeNeed(config, name, needed, catalog);
  return restRole === undefined
    ? `${needed}, which ${reason}`
    : `${restRole}, as restRole says. Airflow rejects requests that need more: ${needed}, which ${reason}`;
}

/** `"api GET /variables" of the grant on line 12 needs for GET /variables`. */
function describeNeed(config: Pick<Config, 'grants'>, name: string, role: AirflowRole, catalog: Catalog): string {
  const [first] = selectActiveGrants(config, name).flatMap(({ may, line }) =>
    may.flatMap((text) =>
      listNeeds([text], catalog)
        .filter((need) => need.role === role)
        .map(({ operation }) => `"${text}" of the grant on line ${line} needs for ${operation}`),
    ),
  );
  return first!;
}

/** The least default role that Airflow asks for in all operations that rules allow. @param catalog with operations */
export const findRoleNeeded = (texts: readonly string[], catalog: Catalog): AirflowRole =>
  listNeeds(texts, catalog)
    .map(({ role }) => role)
    .reduce(getGreaterRole, LEAST_ROLE);

/** An operation that rules allow, and the least default role that Airflow asks for. */
interface RoleNeed {
  /** `GET /variables`. */
  readonly operation: string;
  readonly role: AirflowRole;
}

function listNeeds(texts: readonly string[], catalog: Catalog): RoleNeed[] {
  const rules = texts.flatMap((text) => expandValidRule(catalog, text));
  const granted = new Set(rules.map(({ command }) => command.path.join(' ')));
  return (catalog.operations ?? []).flatMap(({ path }) => {
    const [, method = '', template = ''] = path;
    const facts = findOperationFacts(method, template);
    if (facts === undefined) return [];
    const role = getRoleNeeded(facts, catalog.airflow);
    // Only a rule for the operation itself makes the relay an Admin: `@read` contains `roles list`.
    const covering = role === 'Admin' ? [] : getCoveringCommands(facts, catalog.airflow);
    const isGranted = [path.join(' '), ...covering].some((command) => granted.has(command));
    return isGranted && role !== 'none' ? [{ operation: `${method} ${template}`, role }] : [];
  });
}

/** A rule that is not valid for this release grants nothing. */
function expandValidRule(catalog: Catalog, text: string): Rule[] {
  try {
    return expandRule(catalog, text);
  } catch {
    return [];
  }
}
