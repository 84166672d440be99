import { measureCommand } from '../measure-process.ts';
import { type PythonBench, startPythonBench } from '../measure-python-calls.ts';
import { readBoto3Version } from '../measure-python-sample.ts';
import type { Part } from '../part.ts';
import { createMeasurementTable, type Measurement } from '../section.ts';
import { measureRounds } from '../statistics.ts';

const BOTO3_CALL =
  'import os, boto3; from botocore.config import Config; ' +
  'boto3.client("mwaa", endpoint_url=os.environ["BENCH_URL"], config=Config(inject_host_prefix=False))' +
  '.invoke_rest_api(Name="prod", Path="/version", Method="GET")';

/** Programs that are measured from their start to their end. */
const PROGRAMS = {
  empty: 'pass',
  ours: 'import mwaa_cli_proxy',
  boto3: 'import boto3',
  ourCall: 'import os; from mwaa_cli_proxy import Proxy; Proxy(os.environ["BENCH_URL"], "prod").run(["version"])',
  boto3Call: BOTO3_CALL,
} as const;

/** What the Python client costs the caller. */
export const python: Part = {
  title: 'The Python client',
  rounds: 20,
  async run(rounds) {
    const bench = await startPythonBench();
    try {
      const programs = await measureRounds(createSubjects(bench), { rounds });
      const { calls } = await measureRounds({ calls: () => bench.measureCalls() }, { rounds });
      const cpu = (name: keyof typeof PROGRAMS) => programs[name].map(({ cpuMs }) => cpuMs);
      const compare = (what: string, name: keyof typeof PROGRAMS, rival: keyof typeof PROGRAMS, rivalName: string) => ({
        what,
        unit: 'ms',
        ours: cpu(name),
        rival: { name: rivalName, values: cpu(rival), comparison: 'difference' as const },
      });
      const measurements: Measurement[] = [
        compare('`import mwaa_cli_proxy`, CPU time', 'ours', 'empty', 'an empty `python`'),
        compare('`import mwaa_cli_proxy`, CPU time', 'ours', 'boto3', '`import boto3`'),
        compare('a program with one call, CPU time', 'ourCall', 'boto3Call', '`invoke_rest_api` of boto3'),
        ...(['cpu', 'wall'] as const).flatMap((kind) =>
          (['ours', 'boto3'] as const).map((name) => ({
            what: `${name === 'ours' ? 'a call' : '`invoke_rest_api` of boto3'}, ${kind === 'cpu' ? 'CPU time' : 'time'}`,
            unit: 'ms',
            ours: calls.map((round) => round[kind][name]),
            rival: {
              name: 'a bare signed request',
              values: calls.map((round) => round[kind].bare),
              comparison: 'difference' as const,
            },
          })),
        ),
      ];
      return {
        notes: [
          'The server is on the same machine and answers at once, without TLS. The bare request is signed by botocore and sent by urllib3 on a ' +
            'kept-alive connection, and its answer is parsed. `invoke_rest_api` also sends one signed request. The credentials are in variables. ' +
            `It is ${readBoto3Version()}.`,
        ],
        tables: [createMeasurementTable(measurements)],
      };
    } finally {
      bench.close();
    }
  },
};

const createSubjects = ({ python: file, variables }: PythonBench) => ({
  empty: () => measureCommand(file, ['-c', PROGRAMS.empty], variables),
  ours: () => measureCommand(file, ['-c', PROGRAMS.ours], variables),
  boto3: () => measureCommand(file, ['-c', PROGRAMS.boto3], variables),
  ourCall: () => measureCommand(file, ['-c', PROGRAMS.ourCall], variables),
  boto3Call: () => measureCommand(file, ['-c', PROGRAMS.boto3Call], variables),
});
