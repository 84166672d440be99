import { writeFileSync } from 'node:fs';
import { formatConfigJsonSchema } from '../config/config-json-schema.ts';
import { CATALOGS } from '../files/catalogs.ts';

// Writes the JSON Schema of the configuration file: npm run schema
writeFileSync(new URL('../config/schema.json', import.meta.url), formatConfigJsonSchema(CATALOGS.releases()));
