/** A multiple of 4, so that no character of base64 is split. A block stays in the processor's cache. */
const BLOCK_LENGTH = 32 * 1024;

const PADDING = '='.charCodeAt(0);

/**
 * Decodes base64 without line ends to text, block by block: one string of all of it would take as much memory again. Bytes that are not
 * UTF-8 become U+FFFD.
 *
 * @returns undefined for any other text
 */
export function decodeBase64Bytes(base64: Buffer): string | undefined {
  if (base64.length % 4 !== 0) return undefined;
  const padding = base64.at(-1) !== PADDING ? 0 : base64.at(-2) !== PADDING ? 1 : 2;
  const decoded = Buffer.allocUnsafeSlow((base64.length / 4) * 3);
  let length = 0;
  for (let at = 0; at < base64.length; ) {
    const end = Math.min(at + BLOCK_LENGTH, base64.length);
    const block = base64.toString('latin1', at, end);
    // Node.js also decodes the alphabet of URLs. It skips all other characters, so that bytes are missing.
    if (block.includes('-') || block.includes('_')) return undefined;
    length += decoded.write(block, length, 'base64');
    if (length !== (end / 4) * 3 - (end === base64.length ? padding : 0)) return undefined;
    at = end;
  }
  return decoded.toString('utf8', 0, length);
}
