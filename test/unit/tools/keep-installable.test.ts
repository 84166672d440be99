import { expect, test } from 'vitest';
import { isInstallableWheel, keepInstallableHashes } from '../../../tools/requirements/keep-installable.ts';

test.each([
  ['six-1.16.0-py2.py3-none-any.whl', '3.11', true],
  ['lxml-4.9.3-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl', '3.11', true],
  ['lxml-4.9.3-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl', '3.12', false],
  ['lxml-4.9.3-cp311-cp311-macosx_11_0_universal2.whl', '3.11', true],
  ['lxml-4.9.3-cp311-cp311-musllinux_1_1_x86_64.whl', '3.11', false],
  ['lxml-4.9.3-cp311-cp311-manylinux2014_s390x.whl', '3.11', false],
  ['lxml-4.9.3-cp311-cp311-win_amd64.whl', '3.11', false],
  ['lxml-4.9.3-pp310-pypy310_pp73-manylinux2014_x86_64.whl', '3.10', false],
  ['cryptography-41.0.4-cp37-abi3-manylinux_2_28_aarch64.whl', '3.11', true],
  ['cryptography-41.0.4-cp312-abi3-manylinux_2_28_aarch64.whl', '3.11', false],
  ['numpy-1.20.2-cp37-cp37m-manylinux2010_x86_64.whl', '3.7', true],
  ['numpy-2.1.0-cp313-cp313t-manylinux2014_x86_64.whl', '3.13', false],
  ['wrapt-1.15.0-1-cp311-cp311-macosx_10_9_x86_64.whl', '3.11', true],
  ['future-0.18.2-py2-none-any.whl', '3.7', false],
  ['pendulum-1.4.4.tar.gz', '3.7', false],
])('isInstallableWheel of %s for Python %s is %s', (name, python, expected) => {
  expect(isInstallableWheel(name, python)).toBe(expected);
});

const [A, B, C, D] = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(64));
const formatLockFile = (name: string, hash = '') =>
  `{ url = "https://files.example/1/${name}", upload-time = 2021-03-23T18:24:32Z, hashes = { sha256 = "${hash}" } }`;
const formatPin = (name: string, ...hashes: (string | undefined)[]) =>
  `${[`${name}==1.0`, ...hashes.map((hash) => `    --hash=sha256:${hash}`)].join(' \\\n')}\n`;

test('keepInstallableHashes keeps files that can be installed, and the source of a package without a wheel for all platforms', () => {
  const lock = `
[[packages]]
name = "everywhere"
sdist = ${formatLockFile('everywhere-1.0.tar.gz', A)}
wheels = [${formatLockFile('everywhere-1.0-py3-none-any.whl', B)}]

[[packages]]
name = "here"
sdist = ${formatLockFile('here-1.0.tar.gz', C)}
wheels = [
    ${formatLockFile('here-1.0-cp311-cp311-manylinux2014_x86_64.whl', D)},
    ${formatLockFile('here-1.0-cp311-cp311-win32.whl', 'e'.repeat(64))},
]
`;
  const requirements = `# head\n${formatPin('everywhere', A, B)}${formatPin('here ; python_version > "3"', C, D, 'e'.repeat(64))}`;

  expect(keepInstallableHashes(requirements, lock, '3.11')).toBe(
    `# head\n${formatPin('everywhere', B)}${formatPin('here ; python_version > "3"', C, D)}`,
  );
});

test('keepInstallableHashes throws for a package without a file that can be installed', () => {
  const lock = `[[packages]]\nwheels = [${formatLockFile('w-1.0-cp311-cp311-win32.whl', A)}]\n`;

  expect(() => keepInstallableHashes(formatPin('w', A), lock, '3.11')).toThrow(
    'w==1.0 has no file that can be installed',
  );
});
