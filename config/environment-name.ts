/** MWAA's rule for names of environments. Names in the configuration follow it, so that both can be the same. */
export const ENVIRONMENT_NAME_PATTERN = /^[a-zA-Z][0-9a-zA-Z-_]{0,79}$/;

export const ENVIRONMENT_NAME_MESSAGE =
  'an environment name must begin with a letter and have at most 80 letters, digits, hyphens, and underscores';
