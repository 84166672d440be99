/** The width of a terminal. What `npm start` prints fits. */
const WIDTH = 80;

/**
 * Breaks the lines of a text that are longer than 80 characters, at a space if there is one. The parts of a line are indented like
 * the line, and by four more spaces from the second one on.
 */
export const fitWidth = (text: string): string => text.split('\n').flatMap(breakLine).join('\n');

function breakLine(line: string): string[] {
  const indent = /^ */.exec(line)![0];
  const lines: string[] = [];
  let rest = line;
  while (countColumns(rest) > WIDTH) {
    const characters = Array.from(rest);
    const start = characters.findIndex((character) => character !== ' ');
    const space = characters.lastIndexOf(' ', WIDTH);
    const at = space > start ? space : WIDTH;
    lines.push(characters.slice(0, at).join('').trimEnd());
    rest = `${indent}    ${characters.slice(at).join('').trimStart()}`;
  }
  return [...lines, rest];
}

const countColumns = (text: string): number => Array.from(text).length;
