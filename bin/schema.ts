import { writeFileSync } from 'node:fs';
import { formatConfigJsonSchema } from '../config/config-json-schema.ts';

// Writes the JSON Schema of the configuration for editors: npm run schema
writeFileSync(new URL('../config/schema.json', import.meta.url), formatConfigJsonSchema());
