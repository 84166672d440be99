import { spawn } from 'node:child_process';

/** What a POSIX shell reads each line as: its words. One process for all lines. */
export async function splitWithShell(lines: readonly string[]): Promise<string[][]> {
  if (lines.length === 0) return [];
  const child = spawn('/bin/sh', ['-s'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { LC_ALL: 'C', PATH: '/nowhere' },
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  const closed = new Promise((done, fail) => {
    child.on('close', done);
    child.on('error', fail);
  });
  child.stdin.on('error', () => {});
  child.stdin.end(`words() { printf '%s\\0' "$#" "$@"; }\n${lines.map((line) => `words ${line}\n`).join('')}`);
  await closed;
  const printed = Buffer.concat(chunks).toString('utf8').split('\0');
  const found: string[][] = [];
  for (let at = 0; at < printed.length - 1; ) {
    const count = Number(printed[at]);
    found.push(printed.slice(at + 1, at + 1 + count));
    at += 1 + count;
  }
  return found;
}
