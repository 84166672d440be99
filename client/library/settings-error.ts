/** A setting or a token is missing or wrong. The message says what to set. Nothing was sent. Exit code 78. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}
