// Nodes, jobs and disputes, a page at a time.
import { get } from './api.js'
import { action } from './confirm.js'
import { ago, card, figure, foreign, h, id, meter, number, pages, percent, pill, plural, STATUS, table, time } from './dom.js'

const unseen = (what) =>
  h('section', { class: 'notice' }, h('h2', {}, `${what} not shown`),
    h('p', {}, 'The login of these pages may not read it. Set LOOP_OPERATOR_DATABASE_URL to the project owner’s login.'))

function choice(label, path, current, options) {
  return h('nav', { class: 'choice', 'aria-label': label }, Object.entries(options).map(([state, text]) =>
    h('a', { href: `#/${path}?state=${state}`, 'aria-current': state === current ? 'page' : null, 'data-key': `state-${state}` }, text)))
}

const query = (values) => new URLSearchParams(Object.entries(values).filter(([, value]) => value)).toString()

const NODES = { all: 'All', online: 'Online', offline: 'Offline', paused: 'Paused', blocked: 'Blocked', unclaimed: 'Unclaimed' }

function trust(node) {
  if (!node.owner) return h('span', { class: 'quiet' }, '–')
  if (node.blocked) return pill(node.blocked_until ? `blocked, ${ago(2 * Date.now() / 1000 - node.blocked_until).replace(' ago', ' more')}` : 'blocked', 'bad')
  const lost = node.lost ? `, ${number(node.lost)} lost` : ''
  if (node.appointed) return pill('appointed', 'good')
  return node.trusted ? pill(`trusted${lost}`, 'good') : h('span', { class: 'quiet' }, `${number(node.valid ?? 0)} confirmed${lost}`)
}

function state(node) {
  if (node.status === 'pending') return pill('unclaimed')
  if (node.paused_until) return pill('paused', 'warn')
  return pill(node.status, node.status === 'online' ? 'good' : '')
}

export async function nodes({ state: asked = 'all', page = '1', search = '' }, rights, again) {
  const found = await get(`/api/nodes?${query({ state: asked, page, search })}`)
  const input = h('input', { type: 'search', value: search, placeholder: 'Name, or start of an id', 'aria-label': 'Search nodes', 'data-key': 'search' })
  const block = (node) => action({
    key: `block-${node.id}`,
    label: node.blocked ? 'Unblock' : 'Block',
    title: node.blocked ? 'Unblock this owner?' : 'Block this node’s owner?',
    consequence: node.blocked
      ? ['The nodes of the owner ', id(node.owner), ' get chunks of others again.']
      : ['Trust is the owner’s, so all nodes of the owner ', id(node.owner), ' get no chunks of others any more, until you unblock them. What they hold they may finish; their own jobs go on.'],
    confirm: node.blocked ? 'Unblock' : 'Block the owner',
    path: `/api/owners/${node.owner}/${node.blocked ? 'unblock' : 'block'}`,
    done: () => (node.blocked ? 'The owner is unblocked.' : 'The owner is blocked.'),
    danger: !node.blocked,
    after: again,
  })
  return [
    h('div', { class: 'head' }, h('h1', {}, 'Nodes'),
      h('form', { class: 'search', role: 'search', onsubmit: (event) => {
        event.preventDefault()
        location.hash = `#/nodes?${query({ state: asked, search: input.value })}`
      } }, input)),
    choice('Which nodes', 'nodes', asked, NODES),
    found.unseen ? unseen('Trust is') : null,
    card(plural(found.total, 'node'), h('span', { class: 'quiet small' }, 'the last heard of first'),
      found.rows.length
        ? table('Nodes', [['Node'], ['State'], ['Last word'], ['Holds', 'number'], ['Trust'], ['Owner', 'wide'], ['Program', 'wide'], [h('span', { class: 'quiet' }, 'Action')]],
          found.rows.map((node) => [
            [foreign(node.name), h('div', {}, h('span', { class: 'quiet small' }, id(node.id)))],
            [state(node), node.paused_until ? h('div', { class: 'small quiet' }, `${ago(2 * Date.now() / 1000 - node.paused_until).replace(' ago', ' more')}`) : null],
            time(node.last_seen_at),
            [`${number(node.held)} of ${number(node.slots)}`, meter(node.slots ? node.held / node.slots : 0, `${number(node.held)} of ${number(node.slots)} slots taken`)],
            found.unseen ? h('span', { class: 'quiet' }, 'not shown') : trust(node),
            node.owner ? id(node.owner) : h('span', { class: 'quiet' }, 'nobody'),
            h('span', { class: 'small quiet' }, foreign(`${node.version}, ${node.platform}`)),
            node.owner && rights?.block ? block(node) : null,
          ]))
        : h('p', { class: 'empty' }, search ? 'No node has that name or id.' : 'There are no such nodes.'),
      pages(found, (to) => `#/nodes?${query({ state: asked, search, page: to })}`)),
  ]
}

export const jobActions = (job, rights, again) => {
  if (!rights?.act || !job.owner) return null
  if (job.status === 'failed') {
    return action({
      key: `retry-${job.id}`, label: 'Retry', title: 'Try this job again?', confirm: 'Retry',
      consequence: 'Its failed chunks wait again with all their attempts before them; what was completed stays. It counts towards its owner’s limits.',
      path: `/api/jobs/${job.id}/retry`, done: (answer) => `${plural(answer.chunksRetried, 'chunk')} of the job wait again.`, after: again,
    })
  }
  if (job.status !== 'pending' && job.status !== 'running') return null
  return action({
    key: `cancel-${job.id}`, label: 'Cancel', title: 'Cancel this job?', confirm: 'Cancel the job', danger: true,
    consequence: 'It ends with the result of what was completed, and that cannot be undone. Nodes are told to stop what they compute for it.',
    path: `/api/jobs/${job.id}/cancel`, done: (answer) => `The job is cancelled, with ${plural(answer.chunksCancelled, 'chunk')} that were open.`, after: again,
  })
}

export async function jobs({ state: asked = 'failed', page = '1' }, rights, again) {
  const found = await get(`/api/jobs?${query({ state: asked, page })}`)
  const failed = asked === 'failed'
  return [
    h('div', { class: 'head' }, h('h1', {}, 'Jobs')),
    choice('Which jobs', 'jobs', asked, { failed: 'Failed', open: 'Open' }),
    card(failed ? plural(found.total, 'failed job') : plural(found.total, 'open job'),
      h('span', { class: 'quiet small' }, failed ? 'among the last 20,000 that ended, the latest first' : 'the newest first'),
      found.rows.length
        ? table('Jobs', [['Job'], ['Done', 'number'], [failed ? 'Why' : 'State', failed ? 'reason' : ''], [failed ? 'Ended' : 'Submitted'], ['Owner', 'wide'], ['Runs on', 'wide'], [h('span', { class: 'quiet' }, 'Action')]],
          found.rows.map((job) => [
            h('a', { href: `#/job/${job.id}`, class: 'mono', 'data-key': job.id, title: job.id }, job.id.slice(0, 8)),
            [percent(job.completed_iterations / job.total_iterations), h('div', { class: 'small quiet' }, `of ${number(job.total_iterations)}`)],
            failed ? foreign(job.error ?? 'no reason given', 'lines') : pill(job.status, STATUS[job.status]),
            time(failed ? (job.completed_at ?? job.created_at) : job.created_at),
            job.owner ? id(job.owner) : h('span', { class: 'quiet' }, 'a check'),
            [job.access_type, job.replication === 'none' ? '' : `, ${job.replication}`],
            jobActions(job, rights, again),
          ]))
        : h('p', { class: 'empty' }, failed ? 'No job has failed.' : 'No job is open.'),
      pages(found, (to) => `#/jobs?${query({ state: asked, page: to })}`)),
    rights?.act ? null : h('p', { class: 'quiet small' }, 'Jobs cannot be cancelled or tried again from here: the pages’ login may not act for users.'),
  ]
}

const VERDICT = { corrected: 'bad', undecided: 'warn', confirmed: 'good' }

export async function disputes({ state: asked = 'open', page = '1' }) {
  const found = await get(`/api/disputes?${query({ state: asked, page })}`)
  const opinions = (all) => h('ul', { class: 'legend' }, (all ?? []).map(({ owner, mean }) => h('li', {}, id(owner), ' says ', h('strong', {}, figure(mean)))))
  return [
    h('div', { class: 'head' }, h('h1', {}, 'Disputes')),
    choice('Which checks', 'disputes', asked, { open: 'Open checks', lost: 'Corrected or undecided' }),
    found.unseen
      ? unseen('Checks are')
      : card(plural(found.total, 'chunk'), h('span', { class: 'quiet small' }, 'computed more than once'),
        found.rows.length
          ? table('Checks', [['Job'], ['Why checked'], ['Who says what', 'reason'], ['Verdict'], ['Opened']],
            found.rows.map((check) => [
              h('a', { href: `#/job/${check.job_id}`, class: 'mono', title: check.job_id, 'data-key': check.chunk_id }, check.job_id.slice(0, 8)),
              check.reason,
              check.opinions ? opinions(check.opinions) : h('span', { class: 'quiet' }, 'nobody yet'),
              check.verdict ? pill(check.verdict, VERDICT[check.verdict]) : pill('open', 'busy'),
              time(check.opened_at),
            ]))
          : h('p', { class: 'empty' }, asked === 'open' ? 'Nothing is being checked.' : 'No result was corrected or left undecided.'),
        pages(found, (to) => `#/disputes?${query({ state: asked, page: to })}`)),
  ]
}
