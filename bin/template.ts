import { parseArgs } from 'node:util';
import { writeTemplate } from './build/write-template.ts';

// Writes the template for deployments without the CDK: npm run template [-- --output FOLDER]
const { values } = parseArgs({ options: { output: { type: 'string', default: 'dist/template' } } });
writeTemplate(values.output);
console.log(`Publish it  ${values.output}/publish.sh BUCKET REGION`);
