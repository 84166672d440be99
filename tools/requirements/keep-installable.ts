/**
 * Removes the hashes of files that cannot be installed by CPython of the minor version `python` on Linux (glibc) or macOS, x86-64 or Arm.
 * With all hashes the requirements would be three times as long. Keeps the source distribution of a package without a wheel for all
 * platforms.
 *
 * @param requirements the output of `uv pip compile --generate-hashes`
 * @param lock the same resolution in `pylock.toml` format, which contains the file names
 */
export function keepInstallableHashes(requirements: string, lock: string, python: string): string {
  const kept = new Set<string>();
  for (const block of lock.split('[[packages]]').slice(1)) {
    const files = [...block.matchAll(/\burl = "[^"]*\/([^"/]+)".*?\bsha256 = "([0-9a-f]{64})"/g)];
    const wheels = files.filter(([, name]) => isInstallableWheel(name!, python));
    const sources = files.filter(([, name]) => !name!.endsWith('.whl'));
    const hasUniversalWheel = wheels.some(([, name]) => name!.endsWith('-none-any.whl'));
    for (const [, , hash] of hasUniversalWheel ? wheels : [...wheels, ...sources]) kept.add(hash!);
  }
  const [head, ...pins] = requirements.split(/^(?=\S)/m);
  return [head, ...pins].map((pin) => filterHashes(pin!, kept)).join('');
}

/** Whether a wheel can be installed, by its file name: `NAME-VERSION[-BUILD]-PYTHON-ABI-PLATFORM.whl`. */
export function isInstallableWheel(name: string, python: string): boolean {
  const [pythons = '', abis = '', platforms = ''] = name
    .replace(/\.whl$/, '')
    .split('-')
    .slice(-3);
  const minor = Number(python.split('.')[1]);
  const fitsInterpreter = pythons.split('.').some((tag) => {
    if (tag === 'py3' || tag === `cp3${minor}`) return true;
    const [, older] = /^(?:py|cp)3(\d+)$/.exec(tag) ?? [];
    return older !== undefined && Number(older) < minor && (tag.startsWith('py') || abis === 'abi3');
  });
  const fitsAbi = abis.split('.').some((tag) => ['none', 'abi3', `cp3${minor}`, `cp3${minor}m`].includes(tag));
  const fitsPlatform = platforms
    .split('.')
    .some(
      (tag) =>
        tag === 'any' || /^(many)?linux.*_(x86_64|aarch64)$|^macosx_.*_(x86_64|arm64|universal2|intel)$/.test(tag),
    );
  return name.endsWith('.whl') && fitsInterpreter && fitsAbi && fitsPlatform;
}

/** Filters the hash lines of a pin: `NAME==VERSION \` and `    --hash=sha256:… \`. Throws if none would be left. */
function filterHashes(pin: string, kept: ReadonlySet<string>): string {
  const [name = '', ...hashes] = pin.trimEnd().split(/ *\\\n */);
  if (hashes.length === 0) return pin;
  const filtered = hashes.filter((hash) => kept.has(hash.replace('--hash=sha256:', '')));
  if (filtered.length === 0) throw new Error(`${name} has no file that can be installed on the supported platforms.`);
  return `${[name, ...filtered.map((hash) => `    ${hash}`)].join(' \\\n')}\n`;
}
