import { measureArguments, measureDecisions, measureReading } from '../core-measurements.ts';
import { measureListing } from '../measure-listing.ts';
import { measureReadMemory, measureRelayMemory } from '../measure-memory.ts';
import type { Part } from '../part.ts';
import { createMeasurementTable } from '../section.ts';

/** The core: decide, parse, render and read, by size. */
export const core: Part = {
  title: 'Core, by size',
  rounds: 20,
  async run(rounds) {
    const measurements = [
      ...(await measureDecisions(rounds)),
      ...(await measureListing(rounds)),
      ...(await measureArguments(rounds)),
      ...(await measureReading(rounds)),
      ...(await measureReadMemory(Math.ceil(rounds / 2))),
      ...(await measureRelayMemory(Math.ceil(rounds / 4))),
    ];
    return { notes: NOTES, tables: [createMeasurementTable(measurements)] };
  },
};

const NOTES = [
  `The sizes of answers are those of standard output and standard error together, before base64. Reading alone begins with the base64 text of
standard output, ours with the whole body. Peak memory is that of a fresh process. The goal of a relay's memory is the memory of the function.`,
];
