// Which view is shown, and when it is drawn anew.
import { get, post } from './api.js'
import { tell } from './confirm.js'
import { h, pill } from './dom.js'
import { disputes, jobs, nodes } from './lists.js'
import { overview } from './overview.js'
import { story } from './story.js'

const VIEWS = { overview: 'Overview', nodes: 'Nodes', jobs: 'Jobs', disputes: 'Disputes' }
// Seconds after which a list or a story is read again.
const AGAIN = 15

const top = document.querySelector('#top')
const main = document.querySelector('#main')
let events = null
let data = null
let connected = false
let turn = 0

function place() {
  const [path, words] = location.hash.replace(/^#\/?/, '').split('?')
  const [view = '', job = ''] = path.split('/')
  return { view: view || 'overview', job, asked: Object.fromEntries(new URLSearchParams(words)) }
}

// Puts elements in the place of what was there, and the focus where it was.
function draw(target, ...elements) {
  const key = target.contains(document.activeElement) ? document.activeElement.dataset.key : null
  const typed = document.activeElement instanceof HTMLInputElement ? document.activeElement.value : null
  const scrolled = [...target.querySelectorAll('.scroll')].map((one) => one.scrollLeft)
  target.replaceChildren(...elements.flat(2).filter(Boolean))
  target.querySelectorAll('.scroll').forEach((one, at) => {
    one.scrollLeft = scrolled[at] ?? 0
    // What does not scroll is no stop for the keyboard.
    if (one.scrollWidth <= one.clientWidth) one.removeAttribute('tabindex')
  })
  const again = key && target.querySelector(`[data-key="${CSS.escape(key)}"]`)
  if (again) {
    if (typed !== null && again instanceof HTMLInputElement) again.value = typed
    again.focus({ preventScroll: true })
  }
}

function drawTop() {
  const { view } = place()
  draw(
    top,
    h('div', { class: 'bar' },
      h('div', { class: 'brand' }, 'loop ', h('span', {}, 'operator')),
      data && h('nav', { 'aria-label': 'Views' }, Object.entries(VIEWS).map(([name, text]) =>
        h('a', { href: `#/${name}`, 'aria-current': name === view || (name === 'jobs' && view === 'job') ? 'page' : null, 'data-key': `view-${name}` }, text))),
      data && h('div', { class: 'state' },
        !connected ? pill('connection lost', 'bad') : data.sentinel.ready ? pill('ready', 'good') : pill('not ready', 'bad'),
        h('button', { type: 'button', class: 'plain', 'data-key': 'sign-out', onclick: signOut }, 'Sign out'))),
  )
}

async function drawView() {
  const { view, job, asked } = place()
  const mine = ++turn
  document.title = `${view === 'job' ? 'Job' : (VIEWS[view] ?? 'Not found')} – Loop operator`
  drawTop()
  let found
  try {
    if (view === 'overview') found = overview(data)
    else if (view === 'nodes') found = await nodes(asked, data.rights, drawView)
    else if (view === 'jobs') found = await jobs(asked, data.rights, drawView)
    else if (view === 'disputes') found = await disputes(asked)
    else if (view === 'job') found = await story(job, data.rights, drawView)
    else found = [h('h1', {}, 'There is no such page'), h('p', {}, h('a', { href: '#/overview' }, 'To the overview'))]
  } catch (error) {
    if (error.status === 401) return signIn(error.message)
    if (!('hint' in error)) throw error
    found = [h('h1', {}, VIEWS[view] ?? 'Job'), h('section', { class: 'notice danger', role: 'alert' }, h('h2', {}, error.message), h('p', {}, error.hint))]
  }
  // Somebody may have gone elsewhere meanwhile.
  if (mine === turn) draw(main, found)
  return undefined
}

function watch() {
  events?.close()
  events = new EventSource('/api/events')
  events.onmessage = (event) => {
    const first = data === null
    data = JSON.parse(event.data)
    connected = true
    drawTop()
    if (first || (place().view === 'overview' && !document.querySelector('dialog'))) drawView()
  }
  events.onerror = async () => {
    connected = false
    if (data) drawTop()
    // The browser tries again by itself, unless it was refused.
    if (events.readyState !== EventSource.CLOSED) return
    try {
      data = await get('/api/overview')
      setTimeout(watch, 3000)
    } catch (error) {
      if (error.status === 401) signIn(data ? error.message : '')
      else setTimeout(watch, 3000)
    }
  }
}

function signIn(why = '') {
  events?.close()
  data = null
  turn += 1
  document.title = 'Sign in – Loop operator'
  drawTop()
  const input = h('input', { type: 'password', name: 'token', autocomplete: 'current-password', required: true, 'aria-describedby': 'why' })
  const said = h('p', { id: 'why', class: why ? 'bad' : 'quiet', role: why ? 'alert' : null }, why || 'The token is what LOOP_OPERATOR_TOKEN was when the sentinel started.')
  const form = h('form', { onsubmit: async (event) => {
    event.preventDefault()
    try {
      await post('/api/sign-in', { token: input.value })
      main.replaceChildren(h('div', { class: 'wait' }))
      watch()
    } catch (error) {
      said.className = 'bad'
      said.setAttribute('role', 'alert')
      said.textContent = [error.message, error.hint].filter(Boolean).join('. ')
      input.select()
    }
  } }, h('label', {}, 'Token', input), said, h('button', { class: 'main' }, 'Sign in'))
  draw(main, h('div', { class: 'sign-in' }, h('h1', {}, 'Sign in'), form))
  input.focus()
}

async function signOut() {
  await post('/api/sign-out').catch((error) => tell(error.message))
  signIn()
}

addEventListener('hashchange', async () => {
  if (!data) return
  await drawView()
  main.focus({ preventScroll: true })
  scrollTo(0, 0)
})
// Charts are drawn for the width there is.
let resized
addEventListener('resize', () => {
  clearTimeout(resized)
  resized = setTimeout(() => data && drawView(), 200)
})
setInterval(() => {
  if (data && place().view !== 'overview' && !document.hidden && !document.querySelector('dialog')) drawView()
}, AGAIN * 1000)

drawTop()
watch()
