import { isReleaseAtLeast } from '../../airflow/compare-releases.ts';

/** How one Airflow release is installed here. */
export interface InstallableRelease {
  /** Minor version of Python that MWAA runs this release on (AWS documentation, "Airflow versions on Amazon MWAA"). */
  readonly python: string;
  /** Nothing published after this day goes into the release's requirements: Airflow's own are open-ended. */
  readonly cutoff: string;
  /** The providers that MWAA brings along and that matter to the command line, as extras of `apache-airflow`. */
  readonly extras: readonly string[];
  /** Requirements that Airflow forgot to state, as pip reads them. */
  readonly additionalRequirements?: readonly string[];
  /** The patch release whose dependencies are installed, for a release whose own metadata no installer can read. */
  readonly dependenciesOf?: string;
}

const DEFAULT_EXTRAS = ['amazon', 'celery'];

/** From 2.9 on the FAB auth manager is a provider of its own. It brings `roles` and `users`. */
const EXTRAS_WITH_FAB = [...DEFAULT_EXTRAS, 'fab'];

/**
 * The releases that MWAA has offered, oldest first. Each has pinned requirements beside it, made from its row by
 * `compile-requirements.ts`. The cut-off is a few days after the release, before its dependencies moved on without it
 * (connexion 3 came three weeks after 2.7.2 and breaks it), or the day that a provider it needs came out.
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
 * What is the same for every release, from the `.in` files in `requirements`: `uv`, which installs it with whichever
 * Python there is, and what builds source distributions (`build`), in the release's own Python.
 */
export const PINNED_TOOLS = {
  build: { python: '3.7', cutoff: '2026-11-20' },
  uv: { python: '3.9', cutoff: '2026-11-20' },
  'cfn-lint': { python: '3.10', cutoff: '2026-11-20' },
  recipes: { python: '3.10', cutoff: '2026-11-20' },
  checks: { python: '3.11', cutoff: '2026-11-20' },
} as const;

/** The entry of a release. Throws when there is none, naming those there are. */
export function getInstallableRelease(name: string): InstallableRelease {
  const release = Object.hasOwn(INSTALLABLE_RELEASES, name) ? INSTALLABLE_RELEASES[name] : undefined;
  if (!release)
    throw new Error(`Airflow ${name} cannot be run here. Releases: ${Object.keys(INSTALLABLE_RELEASES).join(', ')}.`);
  return release;
}

/** Whether a release came before another, `isBefore('2.10.3', '2.9')` is not so. Missing parts count as nought. */
export const isReleaseBefore = (release: string, other: string): boolean => !isReleaseAtLeast(release, other);
