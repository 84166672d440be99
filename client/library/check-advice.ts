/** What a message says if nothing shows whether a command ran. */
export const CHECK_ADVICE = 'The command may have run: check in Airflow before you send it again.';
