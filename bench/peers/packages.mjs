// What the npm packages keep to themselves: lets each make its schema, and prints the statements that it would send.
//   node packages.mjs graphile|pgboss URL BATCH...
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [peer, url, ...batches] = process.argv.slice(2)
const require = createRequire(import.meta.url)
const folder = name => join(dirname(new URL(import.meta.url).pathname), 'node_modules', name)
const part = (name, file) => import(pathToFileURL(join(folder(name), 'dist', file)).href)
const version = name => require(join(folder(name), 'package.json')).version

async function graphile () {
  const name = 'graphile-worker'
  const { runMigrations } = await part(name, 'index.js')
  await runMigrations({ connectionString: url })
  const sent = []
  const client = {
    query: async statement => {
      sent.push(typeof statement === 'string' ? statement : statement.text)
      // Asked once: which numbers the tasks have that this worker knows.
      return { rows: [{ id: 1, identifier: 'bench' }] }
    }
  }
  const withClient = Object.assign(f => f(client), { withRetries: f => f(client) })
  const shared = {
    workerSchema: 'graphile_worker',
    escapedWorkerSchema: '"graphile_worker"',
    resolvedPreset: { worker: { preparedStatements: true, useNodeTime: false } },
    logger: console
  }
  const last = async work => {
    await work.catch(() => {})
    return sent.at(-1).trim().replace(/;$/, '')
  }
  const { batchGetJobs } = await part(name, 'sql/getJobs.js')
  const { batchCompleteJobs } = await part(name, 'sql/completeJobs.js')
  const { resetLockedAt } = await part(name, 'sql/resetLockedAt.js')
  const done = n => Array.from({ length: n }, (_, i) => ({ id: `${i + 1}`, job_queue_id: null }))
  const claim = {}
  for (const n of batches) claim[n] = await last(batchGetJobs(shared, withClient, { bench () {} }, 'bench', [], Number(n)))
  return {
    version: version(name),
    claim,
    completeOne: await last(batchCompleteJobs(shared, withClient, 'bench', done(1))),
    completeMany: await last(batchCompleteJobs(shared, withClient, 'bench', done(2))),
    rescue: await last(resetLockedAt(shared, withClient))
  }
}

async function pgboss () {
  const name = 'pg-boss'
  const { PgBoss } = await part(name, 'index.js')
  const boss = new PgBoss({ connectionString: url, schema: 'pgboss', supervise: false, schedule: false })
  await boss.start()
  await boss.createQueue('bench')
  await boss.stop({ graceful: false })
  const plans = await part(name, 'plans.js')
  const queue = { schema: 'pgboss', table: 'job_common', name: 'bench' }
  const claim = {}
  for (const n of batches) {
    claim[n] = plans.fetchNextJob({ ...queue, policy: 'standard', limit: Number(n), includeMetadata: false }).text
  }
  return {
    version: version(name),
    create: plans.insertJobs('pgboss', { table: queue.table, name: queue.name, returnId: false }),
    claim,
    complete: plans.completeJobsWithOutputs('pgboss', queue.table),
    rescue: plans.failJobsByTimeout('pgboss', queue.table, ['bench'], false)
  }
}

console.log(JSON.stringify(await { graphile, pgboss }[peer]()))
process.exit(0)
