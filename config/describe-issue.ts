import type { z } from 'zod';

/** Returns the message for an issue that zod reports and for which the schema defines no message of its own. */
export function describeIssue(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type': {
      if (issue.input === undefined) return 'is required';
      const isUnquoted = typeof issue.input === 'number' || typeof issue.input === 'boolean';
      if (issue.expected === 'string' && isUnquoted) {
        return `must be in quotes. Without quotes, YAML reads it as a ${typeof issue.input} (${issue.input})`;
      }
      return `expected ${TYPE_NAMES[issue.expected] ?? issue.expected}, found ${describeType(issue.input)}`;
    }
    case 'too_small':
      return issue.origin === 'string' ? 'must not be empty' : `must be at least ${issue.minimum}`;
    case 'too_big':
      return issue.origin === 'string'
        ? `must have at most ${issue.maximum} characters`
        : `must be at most ${issue.maximum}`;
    case 'invalid_key':
      return `the key is not valid: ${issue.issues.map(({ message }) => message).join('; ')}`;
    default:
      return undefined;
  }
}

const TYPE_NAMES: Record<string, string> = {
  string: 'a string',
  int: 'an integer',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

function describeType(value: unknown): string {
  if (value === null) return 'no value';
  if (Array.isArray(value)) return 'a list';
  // YAML reads `- dags list: x` as a mapping.
  if (typeof value === 'object') return 'a mapping. Put text that contains a colon and a space in quotes';
  return typeof value === 'string' ? 'a string' : `the ${typeof value} ${value}`;
}
