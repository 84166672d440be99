import { spawn } from 'node:child_process';

/** Splits each line into words with a POSIX shell. Uses one process for all lines. */
export async function splitWithShell(lines: readonly string[]): Promise<string[][]> {
  if (lines.length === 0) return [];
  const child = spawn('/bin/sh', ['-s'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { LC_ALL: 'C', PATH: '/nowhere' },
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  const closed = new Promise((resolve, reject) => {
    child.on('close', resolve);
    child.on('error', reject);
  });
  child.stdin.on('error', () => {});
  child.stdin.end(`words() { printf '%s\\0' "$#" "$@"; }\n${lines.map((line) => `words ${line}\n`).join('')}`);
  await closed;
  const printed = Buffer.concat(chunks).toString('utf8').split('\0');
  const argvs: string[][] = [];
  for (let at = 0; at < printed.length - 1; ) {
    const count = Number(printed[at]);
    argvs.push(printed.slice(at + 1, at + 1 + count));
    at += 1 + count;
  }
  return argvs;
}
