/** The text of `python/src/mwaa_cli_proxy/_problems.py`: one error class per problem. */
import { PROBLEM_TYPES } from '../../contract/problem-types.ts';
import { GENERATED_NOTICE } from './contract-text.ts';

/** `not-granted` becomes `NotGrantedError`, `gateway-error` becomes `GatewayError`. */
export const toClassName = (code: string): string =>
  `${code
    .replace(/-error$/, '')
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')}Error`;

export function formatProblemClasses(): string {
  const problems = Object.entries(PROBLEM_TYPES).map(([code, { title }]) => ({ code, title, name: toClassName(code) }));
  const classes = problems.map(
    ({ code, title, name }) => `class ${name}(ProblemError):\n    """${title} (\`${code}\`)."""`,
  );
  const entries = problems.map(({ code, name }) => `    "${code}": ${name},`);
  return `"""One error class for each problem of the API.

${GENERATED_NOTICE}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .errors import ProblemError

${classes.map((text) => `\n${text}\n`).join('\n')}

# The class of each problem, by its code.
PROBLEM_ERRORS: Final[Mapping[str, type[ProblemError]]] = {
${entries.join('\n')}
}

__all__ = [
${['PROBLEM_ERRORS', ...problems.map(({ name }) => name).sort()].map((name) => `    "${name}",`).join('\n')}
]
`;
}
