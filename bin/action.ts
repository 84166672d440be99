import { writeFileSync } from 'node:fs';
import { ROOT } from './build/build-options.ts';
import { buildStep } from './build/build-step.ts';

// Writes the program of the GitHub Action: npm run action.
writeFileSync(`${ROOT}action/airflow-step.cjs`, await buildStep());
