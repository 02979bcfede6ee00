// Elements from data, always as text, and figures as people read them.

const SVG = 'http://www.w3.org/2000/svg'

export function h(tag, properties, ...children) {
  return fill(document.createElement(tag), properties, children)
}

export function s(tag, properties, ...children) {
  return fill(document.createElementNS(SVG, tag), properties, children)
}

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value)
    else element.setAttribute(name, value === true ? '' : value)
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false))
  return element
}

// Text of somebody else's, which may run the other way or be long.
export const foreign = (text, kind = 'clip') => h('bdi', { class: kind, title: text }, text)

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })
const figures = new Intl.NumberFormat('en', { maximumSignificantDigits: 6 })

export const number = (value) => (value === null || value === undefined ? '–' : whole.format(value))
export const compact = (value) => (Math.abs(value) < 10000 ? whole.format(value) : short.format(value))
export const figure = (value) => (typeof value === 'number' ? figures.format(value) : '–')
export const percent = (part) =>
  `${(part * 100).toFixed(part < 0.001 ? 3 : part < 0.0995 ? 2 : part < 0.9995 && part > 0.99 ? 1 : 0)} %`

export function bytes(value) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${value.toFixed(value < 10 && unit ? 1 : 0)} ${units[unit]}`
}

export function duration(seconds) {
  if (seconds < 1) return `${Math.max(1, Math.round(seconds * 1000))} ms`
  if (seconds < 90) return `${Math.round(seconds)} s`
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`
  if (seconds < 129600) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86400)} days`
}

export function ago(at, now = Date.now() / 1000) {
  if (at === null || at === undefined) return 'never'
  const seconds = now - at
  return seconds < 2 ? 'now' : `${duration(seconds)} ago`
}

export const when = (at) => new Date(at * 1000).toLocaleString([], { dateStyle: 'medium', timeStyle: 'medium' })
export const clock = (at) => new Date(at * 1000).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
export const exactClock = (at) => new Date(at * 1000).toLocaleTimeString([], { hourCycle: 'h23' })
export const time = (at, now) =>
  at ? h('time', { datetime: new Date(at * 1000).toISOString(), title: when(at) }, ago(at, now)) : 'never'

export const id = (value) => h('span', { class: 'mono', title: value }, value.slice(0, 8))
export const pill = (text, kind = '') => h('span', { class: `pill ${kind}` }, text)
export const plural = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`

export function card(title, note, ...body) {
  return h('section', { class: 'card' }, h('header', {}, h('h2', {}, title), note), h('div', { class: 'body' }, body))
}

// columns: [heading, class]; a heading that is null is read out only.
export function table(label, columns, rows) {
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': label, 'data-key': label },
    h(
      'table',
      {},
      h('thead', {}, h('tr', {}, columns.map(([heading, kind]) => h('th', { scope: 'col', class: kind }, heading)))),
      h('tbody', {}, rows.map((cells) =>
        h('tr', {}, cells.map((cell, place) => h('td', { class: columns[place][1] }, cell))))),
    ),
  )
}

export function meter(part, label) {
  return h(
    'span',
    { class: 'meter', role: 'img', 'aria-label': label },
    s('svg', { viewBox: '0 0 100 1', preserveAspectRatio: 'none' }, s('rect', { width: Math.min(part, 1) * 100, height: 1 })),
  )
}

export const STATUS = { completed: 'good', running: 'busy', failed: 'bad', cancelled: '', pending: '' }

export function pages(found, link) {
  if (found.pages < 2) return null
  const at = (page, text, key) =>
    page >= 1 && page <= found.pages ? h('a', { href: link(page), 'data-key': key }, text) : h('span', { class: 'quiet' }, text)
  return h(
    'nav',
    { class: 'pages', 'aria-label': 'Pages of this list' },
    at(found.page - 1, 'Previous', 'previous'),
    h('span', {}, `${found.page} of ${number(found.pages)}`),
    at(found.page + 1, 'Next', 'next'),
  )
}
