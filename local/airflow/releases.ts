/** How one Airflow release is installed here. */
export interface Release {
  /** Minor version of Python that MWAA runs this release on (AWS documentation, "Airflow versions on Amazon MWAA"). */
  readonly python: string;
  /** Nothing published after this day goes into the release's requirements: Airflow's own are open-ended. */
  readonly cutoff: string;
}

/** The releases that can be run on a laptop. Each has `requirements/<release>.in` and a compiled `.txt` beside it. */
export const RELEASES: Readonly<Record<string, Release>> = {
  '2.10.3': { python: '3.11', cutoff: '2024-12-01' },
  '3.0.6': { python: '3.12', cutoff: '2025-09-15' },
};

/** What is the same for every release: the tools that install it. */
export const TOOLS: Release = { python: '3.9', cutoff: '2026-11-20' };

/** The entry of a release. Throws when there is none, naming those there are. */
export function releaseNamed(name: string): Release {
  const release = Object.hasOwn(RELEASES, name) ? RELEASES[name] : undefined;
  if (!release) throw new Error(`Airflow ${name} cannot be run here. Releases: ${Object.keys(RELEASES).join(', ')}.`);
  return release;
}
