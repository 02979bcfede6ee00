// A job as people see it: built once, and brought up to date by each look, so that the focus stays where it is.

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const exact = new Intl.NumberFormat('en', { maximumFractionDigits: 2 })
const STATUS = {
  pending: 'waiting', running: 'running', completed: 'done', failed: 'failed', cancelled: 'cancelled',
}
const WAITS = {
  private: 'Waiting for one of your own nodes. Is one running, with room?',
  public: 'Waiting for a public node that has room.',
}
const DATE = { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' }
// Of a normal distribution, 95 % lie within so many standard errors.
const LIKELY = 1.96

const isOpen = (job) => job.status === 'pending' || job.status === 'running'

// Always as text: names and errors are somebody else's.
export function h(tag, properties, ...children) {
  const element = tag === 'svg' || tag === 'rect' || tag === 'line'
    ? document.createElementNS('http://www.w3.org/2000/svg', tag)
    : document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) element.setAttribute(name, value)
  element.append(...children.filter((child) => child !== null))
  return element
}

export function card({ cancel, retry }) {
  let job = null
  let pace = null
  const title = h('h2', { tabindex: '-1' })
  const pill = h('span', {})
  const facts = h('p', { class: 'quiet small' })
  const bar = h('progress', { 'aria-label': 'Iterations computed' })
  const state = h('p', { class: 'state small' })
  const problem = h('p', { class: 'problem', role: 'alert', hidden: '' })
  const figures = h('div', {})
  const stop = h('button', { type: 'button', class: 'danger' }, 'Cancel')
  const again = h('button', { type: 'button' }, 'Try again')
  stop.addEventListener('click', () => cancel(job))
  again.addEventListener('click', () => retry(job, element))
  const element = h('li', { class: 'card job' },
    h('div', { class: 'head' }, title, pill), facts, bar, state, problem, figures,
    h('div', { class: 'actions' }, stop, again))

  // What is worth being said aloud, if the job has ended since the last look.
  function update(found, rotation) {
    const before = job
    job = found
    const config = job.config?.config ?? {}
    title.replaceChildren(h('bdi', {}, rotation ?? 'Fight'))
    pill.textContent = STATUS[job.status]
    pill.className = `pill ${job.status}`
    facts.replaceChildren(describe(config), ' · ', time(job.created_at))
    bar.max = job.total_iterations
    bar.value = job.completed_iterations
    bar.hidden = !isOpen(job)
    pace = paced(pace, job)
    state.replaceChildren(...progress(job, pace))
    stop.hidden = !isOpen(job)
    again.hidden = job.status !== 'failed'
    if (JSON.stringify(before?.result) !== JSON.stringify(job.result)) figures.replaceChildren(...(job.result ? result(job) : []))
    return before && isOpen(before) && !isOpen(job) ? `${rotation ?? 'A fight'} is ${STATUS[job.status]}.` : null
  }

  return { element, update, focus: () => title.focus() }
}

function describe(config) {
  const parts = [
    typeof config.baseDps === 'number' ? `${whole.format(config.baseDps)} base DPS` : null,
    typeof config.fightSeconds === 'number' ? `${exact.format(config.fightSeconds)} s` : null,
    typeof config.critChance === 'number' ? `${exact.format(config.critChance * 100)} % critical` : null,
  ]
  return parts.filter(Boolean).join(' · ') || 'A simulation'
}

const time = (at) =>
  h('time', { datetime: at }, new Date(at).toLocaleString('en', DATE))

// The first of the looks that saw the job move: what was done since, in how much time, tells how long the rest takes.
function paced(pace, job) {
  const now = { at: performance.now(), done: job.completed_iterations }
  return pace && pace.done <= now.done && isOpen(job) ? { ...pace, now } : { ...now, now }
}

function progress(job, pace) {
  const done = `${whole.format(job.completed_iterations)} of ${whole.format(job.total_iterations)} iterations`
  if (job.status === 'failed') {
    return [h('strong', { class: 'bad' }, 'It failed: '), h('bdi', {}, job.error ?? 'no reason was given')]
  }
  if (job.status === 'cancelled') return [`Cancelled after ${done}.`]
  if (job.status === 'completed') return job.result ? [] : [done]
  if (job.completed_iterations === 0) return [WAITS[job.access_type] ?? 'Waiting for a node.']
  const seconds = (pace.now.at - pace.at) / 1000
  const rate = (pace.now.done - pace.done) / seconds
  return [done, rate > 0 ? `, about ${left((job.total_iterations - job.completed_iterations) / rate)} left` : '']
}

function left(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`
}

function result(job) {
  const { meanDps, stdDps, standardError, minDps, maxDps, totalIterations } = job.result
  if (typeof meanDps !== 'number') return [h('p', { class: 'quiet' }, 'No iteration was completed.')]
  const error = typeof standardError === 'number' ? `\u00a0±\u00a0${exact.format(LIKELY * standardError)}` : ''
  const facts = [
    ['Lowest', minDps], ['Highest', maxDps], ['Standard deviation', stdDps], ['Iterations', totalIterations],
  ].filter(([, value]) => typeof value === 'number')
  return [
    h('p', { class: 'mean' }, h('strong', {}, exact.format(meanDps)), ' DPS', h('span', { class: 'quiet' }, error)),
    ...(typeof stdDps === 'number' && minDps < maxDps ? picture(job.result) : []),
    h('dl', {}, ...facts.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, exact.format(value))))),
  ]
}

// From the lowest fight to the highest, with a band about the mean.
function picture({ meanDps, stdDps, minDps, maxDps }) {
  const [low, high] = [Math.max(meanDps - stdDps, minDps), Math.min(meanDps + stdDps, maxDps)]
  const place = (value) => (1000 * (value - minDps)) / (maxDps - minDps)
  return [
    h('svg', { class: 'range', viewBox: '0 0 1000 28', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
      h('rect', { class: 'all', x: 0, y: 11, width: 1000, height: 6, rx: 3 }),
      h('rect', { class: 'most', x: place(low), y: 6, width: place(high) - place(low), height: 16, rx: 3 }),
      h('line', { class: 'at', x1: place(meanDps), x2: place(meanDps), y1: 2, y2: 26 })),
    h('p', { class: 'quiet small' }, `Two of three fights lie between ${whole.format(low)} and ${whole.format(high)}.`),
  ]
}
