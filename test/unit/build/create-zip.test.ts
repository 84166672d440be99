import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, inflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { createZip } from '../../../bin/build/create-zip.ts';

/** Reads the entries that the central directory lists. */
function readZip(zip: Buffer): Record<string, string> {
  const end = zip.lastIndexOf('PK\x05\x06');
  const count = zip.readUInt16LE(end + 10);
  let at = zip.readUInt32LE(end + 16);
  const entries: Record<string, string> = {};
  for (let index = 0; index < count; index += 1) {
    expect(zip.toString('latin1', at, at + 4)).toBe('PK\x01\x02');
    const [crc, compressed, size] = [16, 20, 24].map((offset) => zip.readUInt32LE(at + offset)) as [
      number,
      number,
      number,
    ];
    const [nameLength, mode, start] = [zip.readUInt16LE(at + 28), zip.readUInt32LE(at + 38), zip.readUInt32LE(at + 42)];
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength);
    expect(zip.toString('latin1', start, start + 4)).toBe('PK\x03\x04');
    const data = start + 30 + zip.readUInt16LE(start + 26) + zip.readUInt16LE(start + 28);
    const content = inflateRawSync(zip.subarray(data, data + compressed));
    expect([content.length, crc32(content), mode >>> 16]).toEqual([size, crc, 0o100644]);
    entries[name] = content.toString('utf8');
    at += 46 + nameLength;
  }
  expect(at).toBe(end);
  return entries;
}

test('a ZIP file has all files of a folder, and is the same each time', () => {
  const folder = mkdtempSync(join(tmpdir(), 'zip-'));
  mkdirSync(join(folder, 'catalogs'));
  writeFileSync(join(folder, 'catalogs/2.10.3.json'), '{}\n'.repeat(1000));
  writeFileSync(join(folder, 'code.cjs'), 'module.exports = "é";\n');
  writeFileSync(join(folder, 'empty'), '');
  const zip = createZip(folder);
  expect(readZip(zip)).toEqual({
    'catalogs/2.10.3.json': '{}\n'.repeat(1000),
    'code.cjs': 'module.exports = "é";\n',
    empty: '',
  });
  expect(createZip(folder)).toEqual(zip);
  rmSync(folder, { recursive: true });
});
