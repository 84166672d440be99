/** Compares two releases by their numbers: negative if `a` is older, 0 if they are the same. */
export const compareReleases = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });

/** Whether a release is the same as another or newer. The other may be a prefix: `isReleaseAtLeast('3.2.1', '3')`. */
export const isReleaseAtLeast = (release: string, other: string): boolean => compareReleases(release, other) >= 0;
