/**
 * The words that Airflow's date parsers read: pendulum, and dateutil for everything that pendulum does not read.
 * Source: `pendulum/parser.py`, and `parserinfo` in `dateutil/parser/_parser.py`.
 */
const DATE_WORDS = new Set(
  `now at on and ad m t of st nd rd th a p am pm h hour hours minute minutes s second seconds utc gmt z
  mon monday tue tuesday wed wednesday thu thursday fri friday sat saturday sun sunday
  jan january feb february mar march apr april may jun june jul july aug august sep sept september oct october nov november dec
  december`.split(/\s+/),
);

/**
 * Whether Airflow may read a text as a date. Never false for one that it does read: a date has no underscore, and no word with a lower-case
 * letter that is not in the list. Words in upper case can be names of time zones.
 */
export function mayBeDate(text: string): boolean {
  if (text.includes('_')) return false;
  const words = text.match(/[A-Za-z]+/g) ?? [];
  return !words.some((word) => /[a-z]/.test(word) && !DATE_WORDS.has(word.toLowerCase()));
}
