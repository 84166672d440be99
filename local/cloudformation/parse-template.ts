/** Reads the text of a template: JSON, or YAML with the short forms of the intrinsic functions. */
import { type CollectionTag, parse, type ScalarTag, type YAMLMap, type YAMLSeq } from 'yaml';
import type { RawTemplate } from '../gateway/template/raw-template.ts';

/** Documented (CloudFormation, "Intrinsic function reference"). */
const FUNCTIONS = [
  'Base64',
  'FindInMap',
  'GetAtt',
  'GetAZs',
  'If',
  'ImportValue',
  'Join',
  'Select',
  'Split',
  'Sub',
  'Equals',
  'Not',
  'And',
  'Or',
];

const toLongForm = (name: string): string => (name === 'Ref' || name === 'Condition' ? name : `Fn::${name}`);

const TAGS = [...FUNCTIONS, 'Ref', 'Condition'].flatMap((name): (ScalarTag | CollectionTag)[] => [
  { tag: `!${name}`, resolve: (text: string) => ({ [toLongForm(name)]: text }) },
  {
    tag: `!${name}`,
    collection: 'seq',
    resolve: (value: unknown) => ({ [toLongForm(name)]: (value as YAMLSeq).toJSON() }),
  },
  {
    tag: `!${name}`,
    collection: 'map',
    resolve: (value: unknown) => ({ [toLongForm(name)]: (value as YAMLMap).toJSON() }),
  },
]);

export const parseTemplate = (text: string): RawTemplate => parse(text, { customTags: TAGS }) as RawTemplate;
