/** Splitting all templates of a release takes longer than the rest of parsing a request. */
const SPLIT_TEMPLATES = new Map<string, readonly string[]>();

/** The segments of a template such as `/dags/{dag_id}`. */
export function splitTemplate(template: string): readonly string[] {
  const known = SPLIT_TEMPLATES.get(template);
  if (known !== undefined) return known;
  const names = template.split('/').slice(1);
  SPLIT_TEMPLATES.set(template, names);
  return names;
}

/** The segments in the places of the parameters of a template, in their order, or undefined for another path. */
export function matchPath(template: string, segments: readonly string[]): string[] | undefined {
  const names = splitTemplate(template);
  if (names.length !== segments.length) return undefined;
  if (names.some((name, index) => !name.startsWith('{') && name !== segments[index])) return undefined;
  return segments.filter((_, index) => names[index]!.startsWith('{'));
}
