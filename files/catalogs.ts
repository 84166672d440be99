import { createRuleCatalogs } from '../airflow/rest/rule-catalogs.ts';
import { readOperationsText } from './catalog-files.ts';
import { COMMAND_CATALOGS } from './command-catalogs.ts';

/** The catalogs in `airflow/catalogs/` and the operations in `airflow/operations/`. */
export const CATALOGS = createRuleCatalogs(COMMAND_CATALOGS, readOperationsText);
