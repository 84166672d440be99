import type { Argument, Catalog } from '../../../airflow/catalog.ts';

/** A catalog with one command, `things do`, that has these arguments. For behavior that no real command shows in isolation. */
export const createTestCatalog = (...args: Argument[]): Catalog => ({
  airflow: '0.0.0',
  python: '3.12.0',
  commands: [{ path: ['things', 'do'], listed: true, arguments: args }],
});
