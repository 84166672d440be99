import type { z } from 'zod';

/** What a person is told where the schema itself has no better words: what is wrong and what to write instead. */
export function describeIssue(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type': {
      if (issue.input === undefined) return 'is required';
      const unquoted = typeof issue.input === 'number' || typeof issue.input === 'boolean';
      if (issue.expected === 'string' && unquoted) {
        return `write it in quotes: without them YAML reads it as a ${typeof issue.input} (${issue.input})`;
      }
      return `expected ${TYPE_NAMES[issue.expected] ?? issue.expected}, found ${describeType(issue.input)}`;
    }
    case 'too_small':
      return `must be at least ${issue.minimum}`;
    case 'too_big':
      return `must be at most ${issue.maximum}`;
    default:
      return undefined;
  }
}

const TYPE_NAMES: Record<string, string> = {
  string: 'text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

function describeType(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  // `- dags list: x` becomes a mapping, which surprises everybody once.
  if (typeof value === 'object') return 'a mapping (quote text that holds a colon and a space)';
  return typeof value === 'string' ? 'text' : `${typeof value} ${value}`;
}
