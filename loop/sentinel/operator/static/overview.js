// The overview: is it well, how much is done, what waits, what goes wrong.
import { throughput } from './charts.js'
import { ago, bytes, card, compact, duration, foreign, h, id, meter, number, percent, pill, plural, table, time } from './dom.js'

const tile = (title, value, note, extra) =>
  h('section', { class: 'tile' }, h('h2', {}, title), h('strong', {}, value), h('p', {}, note), extra)

const problem = (reading) => h('p', { class: 'empty' }, `Not read: ${reading.problem}. It is tried again.`)

// What to show where a reading is missing, or could not be made.
const read = (reading, show) =>
  !reading ? h('p', { class: 'empty' }, 'Being read …') : reading.problem ? problem(reading) : show(reading)

const asOf = (reading) => (reading ? h('span', { class: 'quiet small' }, 'as of ', time(reading.at)) : null)

export function overview(data) {
  return [
    h('div', { class: 'head' }, h('h1', {}, 'Overview'), leadership(data.sentinel)),
    unwell(data.sentinel),
    tiles(data),
    card('Throughput', h('span', { class: 'quiet small' }, 'iterations a second, checks included'), throughput(data.throughput)),
    h(
      'div',
      { class: 'columns' },
      card('What waits', asOf(data.queue), read(data.queue, queue)),
      card('Failing jobs', asOf(data.failures), read(data.failures, failures)),
      card('Database', asOf(data.database), read(data.database, (reading) => database(reading, data.cost))),
      card('Sentinel', null, sentinel(data.sentinel)),
    ),
  ]
}

function leadership({ leader, ledBy, term }) {
  if (ledBy === null) return pill('nobody leads', 'bad')
  return h('p', { class: 'quiet small' }, leader ? 'This sentinel leads' : ['Led by ', foreign(ledBy, 'mono')], `, term ${number(term)}`)
}

function unwell({ ready, reasons, missingTriggers }) {
  const found = [...reasons, ...missingTriggers.map((name) => `the trigger ${name} is missing or disabled: run dbtools verify`)]
  if (!found.length) return null
  return h('section', { class: `notice ${ready ? '' : 'danger'}` },
    h('h2', {}, ready ? 'Something is missing' : 'This sentinel is not ready'), found.map((reason) => h('p', {}, reason)))
}

function tiles({ throughput: points, nodes, queue: waiting, disputes, failures: failed, sentinel: { counts } }) {
  const rates = points.map(([, rate]) => rate).filter((rate) => rate !== null)
  const well = nodes && !nodes.problem
  const recent = rates.slice(-3)
  const now = recent.length ? recent.reduce((a, b) => a + b) / recent.length : null
  return h(
    'div',
    { class: 'tiles' },
    tile('Iterations a second', now === null ? '–' : compact(now), 'over the last half minute'),
    tile('Chunks waiting', waiting?.chunks === undefined ? '–' : compact(waiting.chunks),
      counts ? `${number(counts.chunks_running)} running` : 'not counted just now'),
    tile('Nodes online', well ? number(nodes.online) : '–',
      well ? [plural(nodes.offline, 'offline', 'offline'), nodes.paused ? `, ${number(nodes.paused)} paused` : ''] : 'being read'),
    tile('Room', well ? number(nodes.room) : '–', well ? `free of ${number(nodes.slots)} slots` : 'being read',
      well && nodes.slots ? meter(nodes.held / nodes.slots, `${percent(nodes.held / nodes.slots)} of the slots are taken`) : null),
    tile('Jobs failed', failed?.failed === undefined ? '–' : h('span', { class: failed.failed ? 'bad' : '' }, number(failed.failed)),
      failed?.ended === undefined ? 'being read' : `of ${failed.capped ? 'the last ' : ''}${number(failed.ended)} that ended within a day`),
    tile('Checks open', disputes?.open === undefined ? '–' : number(disputes.open),
      disputes?.unseen ? 'not shown to this login' : h('a', { href: '#/disputes', 'data-key': 'disputes' }, 'Disputes')),
  )
}

function queue({ pools }) {
  if (!pools.length) return h('p', { class: 'empty' }, 'Nothing waits. Every chunk has a node.')
  return table('What waits, by pool and user', [['Pool'], ['Users with most chunks'], ['Users', 'number wide'], ['Chunks', 'number']],
    pools.map((pool) => [
      foreign(pool.pool ?? 'in no pool'),
      h('span', { class: 'small quiet' }, pool.most.slice(0, 3).map(({ user, chunks }, place) => [
        place ? ', ' : '', user ? id(user) : 'nobody', ` ${compact(chunks)}`])),
      number(pool.users),
      compact(pool.chunks),
    ]))
}

function failures({ reasons, failed }) {
  if (!failed) return h('p', { class: 'empty' }, 'No job failed within a day.')
  return [
    table('Why jobs failed, the most frequent reasons', [['Reason', 'reason'], ['Jobs', 'number']],
      reasons.map(({ error, jobs }) => [foreign(error ?? 'no reason given', 'lines'), number(jobs)])),
    h('p', { class: 'small' }, h('a', { href: '#/jobs', 'data-key': 'failed' }, 'See these jobs')),
  ]
}

function pairs(rows) {
  return h('dl', {}, rows.filter(Boolean).map(([name, value, kind]) => [h('dt', {}, name), h('dd', { class: kind }, value)]))
}

function database(reading, cost) {
  const crowded = reading.sessions > 0.8 * reading.sessions_max
  const old = reading.oldest_transaction > 300
  return pairs([
    ['Postgres', reading.version],
    ['Size', bytes(reading.bytes)],
    ['Sessions', `${number(reading.sessions)} of ${number(reading.sessions_max)}`, crowded ? 'warn' : ''],
    ['Oldest transaction', reading.oldest_transaction === null ? 'none' : duration(reading.oldest_transaction), old ? 'warn' : ''],
    ['Waiting for locks', number(reading.waiting_for_locks), reading.waiting_for_locks ? 'warn' : ''],
    reading.hidden_sessions ? ['Not looked into', plural(reading.hidden_sessions, 'session')] : null,
    ['Read from memory', reading.cache_hits === null ? '–' : percent(reading.cache_hits)],
    ['Deadlocks since its statistics began', number(reading.deadlocks)],
    ['Dead rows among chunks', `${compact(reading.dead_chunks)} beside ${compact(reading.chunks)}`],
    ['Chunks vacuumed', reading.vacuumed_at ? ago(reading.vacuumed_at) : 'never'],
    ['To wraparound', percent(reading.wraparound), reading.wraparound > 0.5 ? 'bad' : ''],
    ['These pages take', `${percent(cost.share)} of a connection's time`],
  ])
}

function sentinel(standing) {
  const last = standing.lastPass
  return pairs([
    ['Name', foreign(standing.name, 'mono')],
    ['Version', standing.version],
    ['Ready', standing.ready ? 'yes' : 'no', standing.ready ? 'good' : 'bad'],
    ['Heartbeats that wait for work here', number(standing.waitingNodes)],
    ['Last assignment', last ? `${plural(last.assigned, 'chunk')} in ${duration(last.seconds)}, ${ago(last.at)}` : 'none by this one'],
  ])
}
