/** Which of two releases came out first, by their numbers: negative where it is `a`, 0 where they are one. */
export const compareReleases = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });

/** Whether a release, as in `3.2.1`, is another one or came out after it. A part stands for its beginning: `3`, `2.3`. */
export const isReleaseAtLeast = (release: string, other: string): boolean => compareReleases(release, other) >= 0;
