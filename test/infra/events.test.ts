import { describe, expect, test } from 'vitest';
import { EVENT_CONFIG } from '../fixtures/event-config.ts';
import { synthesizeConfig, type TemplateResource } from './synthesize-config.ts';

const synthesized = synthesizeConfig(EVENT_CONFIG);
const { resources } = synthesized;

/** A resource of one event. */
const find = (type: string, property: string, value: string): TemplateResource => {
  const found = resources(type).find(({ Properties }) => Properties[property] === value);
  if (found === undefined) throw new Error(`No ${type} has ${property} ${value}`);
  return found;
};
const [rule, queue, deadLetterQueue] = (['Rule', 'Queue', 'Queue'] as const).map((kind, index) =>
  kind === 'Rule'
    ? find('AWS::Events::Rule', 'Name', 'MwaaCliProxy-720caab7-event-orders')
    : find('AWS::SQS::Queue', 'QueueName', `MwaaCliProxy-720caab7-${index === 1 ? 'event' : 'dead'}-orders`),
) as [TemplateResource, TemplateResource, TemplateResource];

describe('an event', () => {
  test('has a rule that sends its events to its queue, and to its dead-letter queue what EventBridge cannot deliver', () => {
    const arn = ({ id }: TemplateResource) => ({ 'Fn::GetAtt': [id, 'Arn'] });
    expect(rule.Properties).toMatchObject({
      EventBusName: 'orders',
      EventPattern: { source: ['shop'] },
      State: 'ENABLED',
      Targets: [{ Id: 'Queue', Arn: arn(queue), DeadLetterConfig: { Arn: arn(deadLetterQueue) } }],
    });
  });
});
