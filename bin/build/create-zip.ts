import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';

/** 1980-01-01, the earliest date of the format, so that the same files are always the same bytes. */
const DATE = 0x21;
const VERSION = 20;
const DEFLATED = 8;
const UNIX = 3 << 8;
/** A regular file that everybody may read. Lambda runs the code as a user of its own. */
const MODE = (0o100644 << 16) >>> 0;

/**
 * Packs the files of a folder, as Lambda reads them.
 * Source: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
export function createZip(folder: string): Buffer {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort();
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const name of names) {
    const content = readFileSync(join(folder, name));
    const compressed = deflateRawSync(content, { level: 9 });
    const nameBytes = Buffer.from(name.replaceAll('\\', '/'));
    const common = Buffer.alloc(26);
    common.writeUInt16LE(VERSION, 0);
    common.writeUInt16LE(0x800, 2); // The name is UTF-8.
    common.writeUInt16LE(DEFLATED, 4);
    common.writeUInt16LE(DATE, 8);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(compressed.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(nameBytes.length, 22);
    parts.push(Buffer.from('PK\x03\x04'), common, nameBytes, compressed);
    const end = Buffer.alloc(14);
    end.writeUInt32LE(MODE, 6);
    end.writeUInt32LE(offset, 10);
    const madeBy = Buffer.alloc(2);
    madeBy.writeUInt16LE(UNIX | VERSION);
    directory.push(Buffer.from('PK\x01\x02'), madeBy, common, end, nameBytes);
    offset += 4 + common.length + nameBytes.length + compressed.length;
  }
  const entries = Buffer.concat(directory);
  const trailer = Buffer.alloc(18);
  trailer.writeUInt16LE(names.length, 4);
  trailer.writeUInt16LE(names.length, 6);
  trailer.writeUInt32LE(entries.length, 8);
  trailer.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, entries, Buffer.from('PK\x05\x06'), trailer]);
}
