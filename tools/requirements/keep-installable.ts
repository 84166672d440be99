/**
 * Leaves those hashes in pinned requirements whose file can be installed: by CPython of that minor version, on Linux
 * (glibc) or macOS, x86-64 or Arm. All of them would be three times as long, and nobody here installs the rest. A source
 * distribution stays where there is no wheel that fits every machine.
 *
 * @param requirements what `uv pip compile --generate-hashes` writes
 * @param lock the same resolution as `pylock.toml`, which names the files
 */
export function keepInstallableHashes(requirements: string, lock: string, python: string): string {
  const kept = new Set<string>();
  for (const block of lock.split('[[packages]]').slice(1)) {
    const files = [...block.matchAll(/\burl = "[^"]*\/([^"/]+)".*?\bsha256 = "([0-9a-f]{64})"/g)];
    const wheels = files.filter(([, name]) => isInstallableWheel(name!, python));
    const sources = files.filter(([, name]) => !name!.endsWith('.whl'));
    const everywhere = wheels.some(([, name]) => name!.endsWith('-none-any.whl'));
    for (const [, , hash] of everywhere ? wheels : [...wheels, ...sources]) kept.add(hash!);
  }
  const [head, ...pins] = requirements.split(/^(?=\S)/m);
  return [head, ...pins].map((pin) => filterHashes(pin!, kept)).join('');
}

/** Whether a wheel's name says that it can be installed. Format: `NAME-VERSION[-BUILD]-PYTHON-ABI-PLATFORM.whl`. */
export function isInstallableWheel(name: string, python: string): boolean {
  const [pythons = '', abis = '', platforms = ''] = name
    .replace(/\.whl$/, '')
    .split('-')
    .slice(-3);
  const minor = Number(python.split('.')[1]);
  const interpreter = pythons.split('.').some((tag) => {
    if (tag === 'py3' || tag === `cp3${minor}`) return true;
    const [, older] = /^(?:py|cp)3(\d+)$/.exec(tag) ?? [];
    return older !== undefined && Number(older) < minor && (tag.startsWith('py') || abis === 'abi3');
  });
  const abi = abis.split('.').some((tag) => ['none', 'abi3', `cp3${minor}`, `cp3${minor}m`].includes(tag));
  const platform = platforms
    .split('.')
    .some(
      (tag) =>
        tag === 'any' || /^(many)?linux.*_(x86_64|aarch64)$|^macosx_.*_(x86_64|arm64|universal2|intel)$/.test(tag),
    );
  return name.endsWith('.whl') && interpreter && abi && platform;
}

/** One pin with its hash lines, `NAME==VERSION \` and `    --hash=sha256:… \`. Throws where no hash would be left. */
function filterHashes(pin: string, kept: ReadonlySet<string>): string {
  const [name = '', ...hashes] = pin.trimEnd().split(/ *\\\n */);
  if (hashes.length === 0) return pin;
  const left = hashes.filter((hash) => kept.has(hash.replace('--hash=sha256:', '')));
  if (left.length === 0) throw new Error(`${name} has no file that can be installed`);
  return `${[name, ...left.map((hash) => `    ${hash}`)].join(' \\\n')}\n`;
}
