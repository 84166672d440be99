import { expect, test } from 'vitest';
import { PROGRAM_FOLDERS } from '../../../local/build-programs.ts';
import { IMPORT_RULES } from '../import-rules.ts';

test('a program is built again if any file changes that it may import', () => {
  const imported = Object.entries(IMPORT_RULES).flatMap(([folder, others]) =>
    folder === 'client' || folder.startsWith('client/') ? [folder, ...others] : [],
  );
  const folders = new Set(imported.map((name) => name.split('/')[0]));
  expect([...folders, 'bin'].sort()).toEqual(PROGRAM_FOLDERS);
});
