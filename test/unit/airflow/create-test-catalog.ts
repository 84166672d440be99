import type { Argument, Catalog } from '../../../airflow/catalog.ts';

/** A release with one command, `things do`, that takes these arguments: for rules that no real command shows alone. */
export const createTestCatalog = (...args: Argument[]): Catalog => ({
  airflow: '0.0.0',
  python: '3.12.0',
  commands: [{ path: ['things', 'do'], listed: true, arguments: args }],
});
