/** A setting is missing or wrong. The message says what to set. Exit code 78. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}
