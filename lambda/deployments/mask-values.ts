/** A part of a secret that is shorter than this is not recognized. */
const PART_LENGTH = 6;
/** The words of others are not shown if a secret is shorter than this: it could be any part of them. */
const MIN_SECRET_LENGTH = 4;
const MASK = '***';

/** Masks secrets in a text that Airflow or a parser wrote. */
export type MaskValues = (text: string) => string;

/**
 * Returns a function that masks secrets in texts, whole and in parts: a text may contain the password of a URI, a value that is cut off, or
 * one in which characters are escaped. It masks too much rather than too little.
 */
export function createMask(secrets: Iterable<string>): MaskValues {
  const forms = [...new Set([...secrets].flatMap(listForms))]
    .filter((form) => form !== '')
    .sort((a, b) => b.length - a.length);
  if (forms.length === 0) return (text) => text;
  if (forms.some((form) => form.length < MIN_SECRET_LENGTH))
    return () => 'The message is not shown, because a value is too short to be masked in it.';
  const parts = new Set(forms.flatMap(listParts));
  return (text) => {
    const hidden = new Array<boolean>(text.length).fill(false);
    const hide = (start: number, length: number) => hidden.fill(true, start, start + length);
    for (const form of forms) {
      for (let at = text.indexOf(form); at !== -1; at = text.indexOf(form, at + 1)) hide(at, form.length);
      // A value may be cut off at the end.
      for (let length = Math.min(form.length, PART_LENGTH); length >= MIN_SECRET_LENGTH - 1; length -= 1)
        if (text.endsWith(form.slice(0, length))) hide(text.length - length, length);
    }
    for (let at = 0; at + PART_LENGTH <= text.length; at += 1)
      if (parts.has(text.slice(at, at + PART_LENGTH))) hide(at, PART_LENGTH);
    return [...hidden.keys()].map((at) => (hidden[at] ? (hidden[at - 1] ? '' : MASK) : text.charAt(at))).join('');
  };
}

/** How a value may be written. */
function listForms(value: string): string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const forms = [
    value,
    json,
    json.replaceAll("'", "\\'"),
    json.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
    ...(value.isWellFormed() ? listEncoded(value) : []),
    value.normalize('NFC'),
    value.normalize('NFD'),
    [...Buffer.from(value)]
      .map((byte) => (byte < 128 ? String.fromCharCode(byte) : `\\x${byte.toString(16)}`))
      .join(''),
    Buffer.from(value).toString('base64'),
  ];
  try {
    forms.push(decodeURIComponent(value));
  } catch {
    // It is no encoded text.
  }
  return forms.filter((form) => form !== '');
}

function listEncoded(value: string): string[] {
  const encoded = encodeURIComponent(value);
  const forms = [encoded, encoded.replaceAll('%2F', '/'), encoded.replaceAll('%20', '+')];
  return forms.flatMap((form) => [form, form.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())]);
}

const listParts = (form: string): string[] =>
  Array.from({ length: Math.max(0, form.length - PART_LENGTH + 1) }, (_, at) => form.slice(at, at + PART_LENGTH));
