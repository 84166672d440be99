import { Fn } from 'aws-cdk-lib';

/** The id of a resource that is there already, or the name of the export that holds it. */
export type ResourceReference = string | { readonly export: string };

/** The id, or what CloudFormation looks it up with. */
export const resolveReference = (reference: ResourceReference): string =>
  typeof reference === 'string' ? reference : Fn.importValue(reference.export);

/** A text for it: the id, or the export's name. */
export const getReferenceKey = (reference: ResourceReference): string =>
  typeof reference === 'string' ? reference : reference.export;
