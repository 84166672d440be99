import type { Argument, Catalogue } from '../../../airflow/catalogue.ts';

/** A release with one command, `things do`, that takes these arguments: for rules that no real command shows alone. */
export const invented = (...args: Argument[]): Catalogue => ({
  airflow: '0.0.0',
  python: '3.12.0',
  commands: [{ path: ['things', 'do'], listed: true, arguments: args }],
});
