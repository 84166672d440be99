import { isReleaseAtLeast } from '../../airflow/compare-releases.ts';

/** How an Airflow release is installed on this machine. */
export interface InstallableRelease {
  /** The minor version of Python on which MWAA runs this release (AWS documentation, "Airflow versions on Amazon MWAA"). */
  readonly python: string;
  /** Packages published after this day are excluded: Airflow's requirements have no upper bounds. */
  readonly cutoff: string;
  /** The providers that MWAA installs and that affect the command line, as extras of `apache-airflow`. */
  readonly extras: readonly string[];
  /** Requirements that are missing from Airflow's metadata, in pip's format. */
  readonly additionalRequirements?: readonly string[];
  /** The patch release whose dependencies are installed instead, for a release with metadata that no installer can read. */
  readonly dependenciesOf?: string;
}

const DEFAULT_EXTRAS = ['amazon', 'celery'];

/** From 2.9 on the FAB auth manager, which adds `roles` and `users`, is a separate provider. */
const EXTRAS_WITH_FAB = [...DEFAULT_EXTRAS, 'fab'];

/**
 * The releases that MWAA has offered, oldest first. `tools/requirements/compile-requirements.ts` compiles the pinned requirements of a
 * release from its row. The cutoff is a few days after the release, before incompatible versions of its dependencies appeared (connexion
 * 3, published three weeks after 2.7.2, breaks it), or the day when a required provider was published.
 */
export const INSTALLABLE_RELEASES: Readonly<Record<string, InstallableRelease>> = {
  '1.10.12': {
    python: '3.7',
    cutoff: '2021-03-25',
    extras: DEFAULT_EXTRAS,
    additionalRequirements: ['sqlalchemy<1.4'],
    dependenciesOf: '1.10.15',
  },
  '2.0.2': { python: '3.7', cutoff: '2021-04-25', extras: DEFAULT_EXTRAS },
  '2.2.2': { python: '3.7', cutoff: '2021-11-20', extras: DEFAULT_EXTRAS },
  '2.4.3': { python: '3.10', cutoff: '2022-11-20', extras: DEFAULT_EXTRAS },
  '2.5.1': { python: '3.10', cutoff: '2023-01-25', extras: DEFAULT_EXTRAS },
  '2.6.3': { python: '3.10', cutoff: '2023-07-15', extras: DEFAULT_EXTRAS },
  '2.7.2': { python: '3.11', cutoff: '2023-10-20', extras: DEFAULT_EXTRAS },
  '2.8.1': {
    python: '3.11',
    cutoff: '2024-01-25',
    extras: DEFAULT_EXTRAS,
    additionalRequirements: ['flask-session<0.6'],
  },
  '2.9.2': { python: '3.11', cutoff: '2024-06-15', extras: EXTRAS_WITH_FAB },
  '2.10.1': { python: '3.11', cutoff: '2024-09-10', extras: EXTRAS_WITH_FAB },
  '2.10.3': { python: '3.11', cutoff: '2024-12-01', extras: EXTRAS_WITH_FAB },
  '2.11.0': { python: '3.12', cutoff: '2025-05-25', extras: EXTRAS_WITH_FAB },
  '2.11.2': { python: '3.12', cutoff: '2026-03-20', extras: EXTRAS_WITH_FAB },
  '3.0.6': { python: '3.12', cutoff: '2025-09-15', extras: EXTRAS_WITH_FAB },
  '3.2.1': { python: '3.12', cutoff: '2026-04-27', extras: EXTRAS_WITH_FAB },
  '3.3.1': { python: '3.12', cutoff: '2026-08-17', extras: EXTRAS_WITH_FAB },
};

/**
 * Tools with pinned requirements, from the `.in` files in `requirements`: `uv`, which runs on any Python, `build`, which builds source
 * distributions with the release's Python, and the tools of tests.
 */
export const PINNED_TOOLS = {
  build: { python: '3.7', cutoff: '2026-11-20' },
  uv: { python: '3.9', cutoff: '2026-11-20' },
  'cfn-lint': { python: '3.10', cutoff: '2026-11-20' },
  recipes: { python: '3.10', cutoff: '2026-11-20' },
  checks: { python: '3.11', cutoff: '2026-11-20' },
  clients: { python: '3.11', cutoff: '2026-11-20' },
  bench: { python: '3.10', cutoff: '2026-11-20' },
  'python-checks': { python: '3.10', cutoff: '2026-11-20' },
  'python-notebook': { python: '3.11', cutoff: '2026-11-20' },
  airflowctl: { python: '3.10', cutoff: '2026-11-20' },
  'airflow-client-2': { python: '3.10', cutoff: '2026-11-20' },
  'airflow-client-3': { python: '3.10', cutoff: '2026-11-20' },
  'airflow-client-3.0': { python: '3.10', cutoff: '2026-11-20' },
  openmetadata: { python: '3.10', cutoff: '2026-11-20' },
  moto: { python: '3.10', cutoff: '2026-11-20' },
  'aws-cli': { python: '3.10', cutoff: '2026-11-20' },
} as const;

/** Returns the row of a release. Throws for an unknown release, with the known ones in the message. */
export function getInstallableRelease(name: string): InstallableRelease {
  const release = Object.hasOwn(INSTALLABLE_RELEASES, name) ? INSTALLABLE_RELEASES[name] : undefined;
  if (!release)
    throw new Error(`Airflow ${name} is not supported. Use one of: ${Object.keys(INSTALLABLE_RELEASES).join(', ')}.`);
  return release;
}

/** Whether a release is older than another: `isReleaseBefore('2.10.3', '2.9')` is false. Missing parts count as 0. */
export const isReleaseBefore = (release: string, other: string): boolean => !isReleaseAtLeast(release, other);
