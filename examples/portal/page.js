// The page: who is signed in, the form, and the list of jobs, which is read again as long as one of them is open.
import { card } from './job.js'
import * as portal from './portal.js'

const $ = (selector) => document.querySelector(selector)
// Milliseconds between two looks: while something is open, while nothing is, and when the service does not answer,
// which the client has then tried for some seconds.
const OPEN = 1000
const QUIET = 15000
const AGAIN = 4000

let user = null
let shown = portal.PAGE
let cards = new Map()
let names = new Map()
let timer
let looking = Promise.resolve()

export const sentence = (text) => (text ? text[0].toUpperCase() + text.slice(1).replace(/[.\s]*$/, '.') : '')
const said = (error) => [error.message, error.hint].map(sentence).join(' ').trim()

function show(problem, error) {
  problem.textContent = error ? said(error) : ''
  problem.hidden = !error
}

export function tell(text) {
  const line = document.createElement('p')
  line.textContent = text
  $('#told').replaceChildren(line)
  setTimeout(() => line.remove(), 8000)
}

// Runs what a form or a button asks for, once at a time, and shows beside it why it was refused.
async function run(box, work) {
  const buttons = [...box.querySelectorAll('button')]
  const focused = document.activeElement
  const problem = box.querySelector('.problem')
  for (const button of buttons) button.disabled = true
  show(problem, null)
  try {
    await work()
    return true
  } catch (error) {
    if (portal.signedOut(error)) await portal.signOut()
    show(portal.signedOut(error) ? $('#sign-in .problem') : problem, error)
    return false
  } finally {
    for (const button of buttons) button.disabled = false
    if (buttons.includes(focused)) focused.focus()
  }
}

// Signing in

portal.onSession((found) => {
  if (found?.id === user?.id && user !== null) return
  user = found
  cards = new Map()
  shown = portal.PAGE
  $('#jobs').replaceChildren()
  $('#sign-in').hidden = user !== null
  $('#signed-in').hidden = $('#account').hidden = user === null
  $('#who').textContent = user?.email ?? ''
  clearTimeout(timer)
  if (user) start()
})

async function start() {
  $('#main').focus()
  await offerRotations()
  await look()
}

$('#sign-in').addEventListener('submit', (event) => {
  event.preventDefault()
  const { email, password } = event.target.elements
  run(event.target, async () => {
    if (event.submitter?.value !== 'up') await portal.signIn(email.value, password.value)
    else if (!(await portal.signUp(email.value, password.value))) tell('Open the link in the e-mail that was sent to you.')
    password.value = ''
  })
})

$('#sign-out').addEventListener('click', () => portal.signOut())

// Submitting

async function offerRotations() {
  const found = await portal.rotations(user.id).catch(() => [])
  names = new Map(found.map(({ id, name }) => [id, name]))
  $('#choose-rotation').hidden = found.length === 0
  $('#choose-rotation select').replaceChildren(new Option('None', ''), ...found.map(({ id, name }) => new Option(name, id)))
}

// Drawn anew only after an answer: who presses the button again because none came asks for the same job.
let request = crypto.randomUUID()

$('#fight').addEventListener('submit', async (event) => {
  event.preventDefault()
  const { rotationId, baseDps, fightSeconds, critPercent, iterations, access } = event.target.elements
  const config = {
    baseDps: baseDps.valueAsNumber,
    fightSeconds: fightSeconds.valueAsNumber,
    critChance: critPercent.valueAsNumber / 100,
    ...(rotationId.value && { rotationId: rotationId.value }),
  }
  await run(event.target, async () => {
    const made = await portal.createJob(config, iterations.valueAsNumber, access.value, request)
    request = crypto.randomUUID()
    tell(`Submitted, in ${made.chunks} ${made.chunks === 1 ? 'chunk' : 'chunks'}.`)
    await look()
  })
})

$('#fight').addEventListener('input', () => {
  request = crypto.randomUUID()
})

// Watching

// One after the other, so that an older answer never replaces a newer one.
const look = () => (looking = looking.then(read))

async function read() {
  clearTimeout(timer)
  const whose = user
  if (!whose) return
  let pause = AGAIN
  try {
    const found = await portal.jobs(shown)
    if (user !== whose) return
    show($('#trouble'), null)
    $('#older').hidden = found.length <= shown
    pause = list(found.slice(0, shown)) ? OPEN : QUIET
  } catch (error) {
    if (portal.signedOut(error)) await portal.signOut()
    show(portal.signedOut(error) ? $('#sign-in .problem') : $('#trouble'), error)
  }
  // A page that nobody sees asks for nothing.
  if (!document.hidden && user) timer = setTimeout(look, pause)
}

function list(found) {
  $('#none').hidden = found.length > 0
  const kept = new Map()
  for (const job of found) {
    const one = cards.get(job.id) ?? card({ cancel: askToCancel, retry })
    const ended = one.update(job, names.get(job.rotation_id))
    if (ended) tell(ended)
    kept.set(job.id, one)
  }
  for (const [id, one] of cards) if (!kept.has(id)) one.element.remove()
  cards = kept
  // Moved only where the order is another one, for what is moved loses the focus.
  found.forEach((job, place) => {
    const { element } = cards.get(job.id)
    const there = $('#jobs').children[place]
    if (there !== element) $('#jobs').insertBefore(element, there ?? null)
  })
  return found.some((job) => job.status === 'pending' || job.status === 'running')
}

document.addEventListener('visibilitychange', () => document.hidden || look())

$('#older').addEventListener('click', () => {
  shown += portal.PAGE
  look()
})

// Ending and trying again

let asked

function askToCancel(job) {
  asked = job
  show($('#confirm .problem'), null)
  $('#confirm').showModal()
}

$('#leave').addEventListener('click', () => $('#confirm').close())
$('#go').addEventListener('click', () =>
  run($('#confirm'), async () => {
    await portal.cancelJob(asked.id)
    $('#confirm').close()
    await look()
    cards.get(asked.id)?.focus()
  }))

const retry = (job, box) =>
  run(box, async () => {
    await portal.retryJob(job.id)
    await look()
    cards.get(job.id)?.focus()
  })
