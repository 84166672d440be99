import { Fn } from 'aws-cdk-lib';

/** The ID of an existing resource, or the name of the export that contains it. */
export type ResourceReference = string | { readonly export: string };

/** Returns the ID, or an `Fn::ImportValue` that CloudFormation replaces with it. */
export const resolveReference = (reference: ResourceReference): string =>
  typeof reference === 'string' ? reference : Fn.importValue(reference.export);

/** Returns a string that identifies the resource: its ID, or the name of the export. */
export const getReferenceKey = (reference: ResourceReference): string =>
  typeof reference === 'string' ? reference : reference.export;
