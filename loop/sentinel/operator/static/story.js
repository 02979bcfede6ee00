// One job from its submission to its result.
import { get } from './api.js'
import { convergence, histogram, timeline } from './charts.js'
import { card, duration, figure, foreign, h, id, meter, number, percent, pill, plural, STATUS, table, time, when } from './dom.js'
import { jobActions } from './lists.js'

const tile = (title, value, note) => h('section', { class: 'tile' }, h('h2', {}, title), h('strong', {}, value), h('p', {}, note))

export async function story(job, rights, again) {
  const found = await get(`/api/jobs/${encodeURIComponent(job)}`)
  const { job: row, convergence: curve } = found
  const last = curve.at(-1)
  const took = (row.completed_at ?? row.now) - row.created_at
  return [
    h('div', { class: 'head' },
      h('h1', {}, 'Job ', h('span', { class: 'mono' }, row.id)),
      h('div', { class: 'actions' }, pill(row.status, STATUS[row.status]), jobActions(row, rights, again))),
    row.error ? h('section', { class: 'notice danger' }, h('h2', {}, 'Why it failed'), h('p', {}, foreign(row.error, 'lines'))) : null,
    h('div', { class: 'tiles' },
      h('section', { class: 'tile' }, h('h2', {}, 'Done'), h('strong', {}, percent(row.completed_iterations / row.total_iterations)),
        h('p', {}, `${number(row.completed_iterations)} of ${number(row.total_iterations)} iterations`),
        meter(row.completed_iterations / row.total_iterations, `${percent(row.completed_iterations / row.total_iterations)} done`)),
      tile('Mean', last ? figure(last[1]) : '–', last ? `± ${figure(last[2])} standard error` : 'no result yet'),
      tile('Time', duration(took), row.completed_at ? 'from submission to end' : 'since submission'),
      tile('Chunks', number(Object.values(found.statuses).reduce((a, b) => a + b, 0)),
        Object.entries(found.statuses).map(([status, count]) => `${number(count)} ${status}`).join(', '))),
    card('Who computed what, when', h('span', { class: 'quiet small' }, `submitted ${when(row.created_at)}`), picture(found, row)),
    h('div', { class: 'columns' },
      card('How the mean settled', h('span', { class: 'quiet small' }, 'by iterations; band: two standard errors'),
        curve.length > 1 ? convergence(curve) : h('p', { class: 'empty' }, 'It takes two results to draw a line.')),
      card('The chunks’ means', h('span', { class: 'quiet small' }, 'how many chunks came to which mean'),
        found.means ? histogram(found.means) : h('p', { class: 'empty' }, 'Too few results, or all the same.')),
      card('Attempts and checks', null, attempts(found)),
      card('The job', null, about(row))),
    found.troubles.length ? card('What went wrong with chunks', null,
      table('What went wrong with chunks', [['What it said', 'reason'], ['Lately on'], ['Chunks', 'number']], found.troubles.map((one) => [
        foreign(one.error, 'lines'), one.node ? foreign(one.name ?? one.node.slice(0, 8)) : '–', number(one.chunks)]))) : null,
  ]
}

function picture(found, row) {
  if (row.chunks_removed_at) return h('p', { class: 'empty' }, `Its chunks were removed ${when(row.chunks_removed_at)}; the result stays.`)
  if (!found.timeline.lanes.length) return h('p', { class: 'empty' }, 'No node has begun one of its chunks.')
  return [
    timeline(found.timeline, row.created_at, row.now),
    found.timeline.waiting ? h('p', { class: 'quiet small' }, `${plural(found.timeline.waiting, 'chunk')} more wait.`) : null,
    found.capped ? h('p', { class: 'quiet small' }, 'Only the first 10,000 chunks are drawn and counted.') : null,
  ]
}

function attempts(found) {
  const tried = Object.entries(found.attempts)
  const checks = Object.entries(found.checks)
  return h('dl', {},
    tried.map(([times, chunks]) => [h('dt', {}, times === '1' ? 'At the first attempt' : `At attempt ${times}`), h('dd', {}, plural(chunks, 'chunk'))]),
    found.unseen
      ? [h('dt', {}, 'Checks'), h('dd', { class: 'quiet' }, 'not shown to this login')]
      : checks.length
        ? checks.map(([what, chunks]) => [h('dt', {}, `Checked (${what.replace(': ', '), ')}`), h('dd', {}, plural(chunks, 'chunk'))])
        : [h('dt', {}, 'Checks'), h('dd', {}, 'none')])
}

function about(row) {
  const rows = [
    ['Owner', row.owner ? id(row.owner) : 'nobody: it checks a chunk'],
    ['Runs on', `${row.access_type} nodes`],
    ['Computed twice', { none: 'no', spot: 'some', quorum: 'all', copy: 'it is a copy' }[row.replication] ?? row.replication],
    ['Config', h('span', { class: 'mono', title: row.config_hash }, row.config_hash.slice(0, 12))],
    row.completed_at ? ['Ended', time(row.completed_at)] : null,
    row.corrected_at ? ['Corrected after its end', time(row.corrected_at)] : null,
    row.lost_iterations ? ['Iterations lost', number(row.lost_iterations)] : null,
    ...Object.entries(row.result ?? {}).map(([name, value]) => [name, figure(value)]),
  ]
  return h('dl', {}, rows.filter(Boolean).map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]))
}
