import { describe, expect, test } from 'vitest';
import { selectActiveGrants } from '../../../config/active-grants.ts';
import { chooseEnvironments, keepEnvironments, removeNetworkSettings } from '../../../local/choose-environments.ts';
import { selectCaller } from '../../../local/select-caller.ts';
import { createConfigText } from '../../fixtures/create-config-text.ts';
import { parseTestConfig } from '../../fixtures/parse-test-config.ts';

const CONFIG = parseTestConfig(
  createConfigText({
    api: 'callers: { accounts: ["111122223333"] }',
    environments: {
      off: 'airflow: 3.3.1, enabled: false',
      prod: 'airflow: 2.10.3, mwaaName: Prod',
      next: 'airflow: 3.3.1',
      far: 'airflow: 3.0.6, region: us-east-1',
    },
    grants: [
      'who: "oidc:sub=jo", where: "*", may: [version]',
      'who: "arn:aws:iam::111122223333:role/etl-*", where: prod, may: [version]',
      'who: "arn:aws:iam::111122223333:role/path/team", where: next, may: [version]',
    ],
  }),
);

describe('chooseEnvironments', () => {
  test.each([
    ['nothing is named', {}, { candidates: ['prod', 'next'], others: [], stackName: 'MwaaCliProxy' }],
    ['an environment', { environment: 'next' }, { candidates: ['next'], others: ['prod'] }],
    ['one of another stack', { environment: 'far' }, { candidates: ['far'], stackName: 'MwaaCliProxy-us-east-1' }],
    ['a release', { airflow: '3.3.1' }, { candidates: ['next'], others: ['prod'], changes: [] }],
    ['its own release', { environment: 'prod', airflow: '2.10.3' }, { candidates: ['prod'], changes: [] }],
  ])('if %s', (_what, choice, expected) => {
    expect(chooseEnvironments('my.yaml', CONFIG, choice)).toMatchObject(expected);
  });

  test('adds an environment for a release that none runs, with the grants of the first one', () => {
    const { config, candidates, changes } = chooseEnvironments('my.yaml', CONFIG, { airflow: '2.7.2' });
    expect(candidates).toEqual(['airflow-2-7-2']);
    expect(config.environments['airflow-2-7-2']).toMatchObject({ airflow: '2.7.2', enabled: true });
    expect(config.environments['airflow-2-7-2']).not.toHaveProperty('mwaaName');
    expect(selectActiveGrants(config, 'airflow-2-7-2')).toHaveLength(2);
    expect(changes.join()).toContain('a copy of prod');
  });

  test('runs another release in a named environment', () => {
    const { config, changes } = chooseEnvironments('my.yaml', CONFIG, { environment: 'prod', airflow: '3.3.1' });
    expect(config.environments.prod!.airflow).toBe('3.3.1');
    expect(changes).toEqual(['prod runs Airflow 3.3.1 instead of 2.10.3.']);
  });

  test.each([
    [{ environment: 'nxt' }, 'my.yaml has no environment nxt. Did you mean "next"? It has: off, prod, next, far.'],
    [{ environment: 'off' }, 'off is disabled in my.yaml. Remove its line "enabled: false".'],
  ])('%j is an error that says what to do', (choice, message) => {
    expect(() => chooseEnvironments('my.yaml', CONFIG, choice)).toThrow(message);
  });

  test('without an enabled environment, says how to enable one', () => {
    const config = keepEnvironments(CONFIG, []);
    expect(() => chooseEnvironments('my.yaml', config, {})).toThrow('Set enabled: true for one of them.');
  });
});

test('environments that do not run are disabled, so that callers do not see them', () => {
  const { environments } = keepEnvironments(CONFIG, ['next']);
  expect(Object.entries(environments).flatMap(([name, { enabled }]) => (enabled ? [name] : []))).toEqual(['next']);
});

test('a private API is a regional one, and a custom domain is left out, and both are said', () => {
  const config = {
    ...CONFIG,
    api: {
      ...CONFIG.api,
      endpoint: 'private' as const,
      vpcEndpoint: { ids: ['vpce-0abc1234'] },
      domain: { name: 'airflow.example.com', certificate: 'arn' },
    },
  };
  const { config: simulated, changes } = removeNetworkSettings(config);
  expect(simulated.api).toMatchObject({ endpoint: 'regional' });
  expect(simulated.api).not.toHaveProperty('domain');
  expect(simulated.api).not.toHaveProperty('vpcEndpoint');
  expect(changes).toHaveLength(2);
  expect(removeNetworkSettings(CONFIG).changes).toEqual([]);
});

test.each([
  ['prod', undefined, { account: '111122223333', role: 'etl-local' }],
  ['next', undefined, { account: '111122223333', role: 'team' }],
  ['far', undefined, undefined],
  ['far', 'arn:aws:iam::444455556666:role/x', { account: '444455556666', role: 'x' }],
])('the caller for %s with --as %s is %j', (environment, arn, expected) => {
  expect(selectCaller(CONFIG, environment, arn)).toEqual(expected);
});
