import { mkdtempSync, rmSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { installAirflow } from '/work/wt/runs/local/airflow/install-airflow.ts';
import { createAirflowHome } from '/work/wt/runs/local/airflow/create-airflow-home.ts';
import { createRunLookups } from '/work/wt/runs/airflow/run-lookup.ts';
import { renderArgv } from '/work/wt/runs/airflow/render-command-line.ts';
import { CATALOGS } from '/work/wt/runs/files/catalogs.ts';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
const release = process.argv[2]!;
const installed = await installAirflow(release, console.error) as any;
const folder = mkdtempSync('/tmp/many-');
const home = await createAirflowHome(installed.installed ?? installed, folder, { onProgress: console.error });
const is3 = release.startsWith('3');
const bin = join(home.environment.PATH!.split(':')[0]!, 'airflow');
const python = join(home.environment.PATH!.split(':')[0]!, 'python');
const run = (argv: string[]) => { const t=performance.now(); const r=spawnSync(bin, argv, {env: home.environment as any, cwd: home.folder, maxBuffer: 2**31-1, encoding:'buffer'}); const s=(performance.now()-t)/1000; return {s, bytes: r.stdout?.length ?? -1, status: r.status, out: r.stdout, err: r.stderr?.toString().slice(-500)}; };
const t = run(['dags','trigger','daily_report','--run-id','r_template','-o','json']);
console.log('trigger', t.status, t.s.toFixed(1), t.err);
const sql = `
import sqlite3,sys
c=sqlite3.connect(sys.argv[1]); cols=[r[1] for r in c.execute('pragma table_info(dag_run)')]
row=dict(zip(cols,c.execute("select * from dag_run where run_id='r_template'").fetchone()))
import datetime
base=datetime.datetime(2000,1,1)
rows=[]
names=[n for n in cols if n!='id']
for i in range(338000):
    d=(base+datetime.timedelta(minutes=i)).isoformat(sep=' ')+'.000000'
    r=dict(row); r['run_id']='manual__'+d.replace(' ','T')[:19]+'+00:00'; r['state']='success'; r['start_date']=d; r['end_date']=d
    if 'execution_date' in r: r['execution_date']=d
    if 'logical_date' in r: r['logical_date']=d
    if 'run_after' in r: r['run_after']=d
    rows.append(tuple(r[n] for n in names))
c.executemany('insert into dag_run (%s) values (%s)'%(','.join(names),','.join('?'*len(names))),rows); c.commit()
print(c.execute('select count(*) from dag_run').fetchone())
`;
console.log(execFileSync(python, ['-c', sql, home.database], { encoding: 'utf8' }).trim());
for (const runId of ['r_template', 'manual__2000-03-01T00:00:00+00:00', 'r_absent']) {
  const lookups = createRunLookups(CATALOGS.read(release), { dagId: 'daily_report', runId }, new Date().toISOString());
  let total = 0, bytes = 0, n = 0;
  const found = await lookups[0]!.find(async (invocation) => {
    const r = run(renderArgv(invocation)); total += r.s; bytes += r.bytes; n++;
    if (r.status !== 0) { console.log('  failed', r.err?.trim().split('\n').at(-1)); return undefined; }
    let output = null; try { output = JSON.parse(r.out.toString().slice(r.out.toString().indexOf('['))); } catch {}
    return { output, stdout: r.out.toString() };
  });
  console.log(release, 'bounded', runId, JSON.stringify(found), `commands ${n}, ${total.toFixed(1)} s, ${bytes} bytes`);
}
const all = run(is3 ? ['dags','list-runs','daily_report','-o','json'] : ['dags','list-runs','-d','daily_report','-o','json']);
console.log(release, 'all runs', all.status, all.s.toFixed(1), 's', all.bytes, 'bytes', all.status === 0 ? '' : all.err);
rmSync(folder, { recursive: true });
