import { describe, expect, test } from 'vitest';

import { createLargeConfig } from '../fixtures/large-config.ts';
import { synthesizeConfig } from './synthesize-config.ts';

/** The quotas of one template. Source: CloudFormation quotas. */
const CLOUDFORMATION_QUOTAS = { resources: 500, bytes: 1_000_000, outputs: 200, parameters: 200 };

describe.each([1, 50])('with %i environments', (count) => {
  const { texts, resources } = synthesizeConfig(createLargeConfig(count));
  const templates = texts.map((text) => JSON.parse(text));

  test('all templates are within the quotas of CloudFormation', () => {
    expect(templates).toHaveLength(1 + count);
    for (const [index, template] of templates.entries()) {
      const { Resources, Outputs = {}, Parameters = {} } = template;
      expect(Object.keys(Resources).length).toBeLessThanOrEqual(CLOUDFORMATION_QUOTAS.resources);
      expect(Object.keys(Outputs).length).toBeLessThanOrEqual(CLOUDFORMATION_QUOTAS.outputs);
      expect(Object.keys(Parameters).length).toBeLessThanOrEqual(CLOUDFORMATION_QUOTAS.parameters);
      expect(texts[index]?.length).toBeLessThan(CLOUDFORMATION_QUOTAS.bytes);
    }
  });

  test('two runs create the same templates', () => {
    expect(synthesizeConfig(createLargeConfig(count)).texts).toEqual(texts);
  });

  test('the API has as many resources as the configuration check counts', () => {
    // The root resource is part of the API.
    const resourceCount = resources('AWS::ApiGateway::Resource').length + 1;

    expect(resourceCount).toBe(7);
  });
});
