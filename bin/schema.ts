import { writeFileSync } from 'node:fs';
import { configJsonSchemaText } from '../lib/config/config-json-schema.ts';

// Writes the JSON Schema of the configuration for editors: npm run schema
writeFileSync(new URL('../config/schema.json', import.meta.url), configJsonSchemaText());
