// Pictures in plain SVG, coloured by the style sheet, each with its sense in words.
import { clock, compact, exactClock, figure, h, number, s } from './dom.js'

const WIDTH = () => Math.max(300, Math.min(1160, document.documentElement.clientWidth - 80))

// Round steps that divide a span into about `count`.
function ticks(low, high, count) {
  const rough = (high - low) / count || 1
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= rough)
  const found = []
  for (let at = Math.ceil(low / step - 1e-9) * step; at <= high + step * 1e-9; at += step) found.push(Number(at.toPrecision(12)))
  return found
}

const TIMES = [5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400]

function timeTicks(low, high, count) {
  const step = TIMES.find((one) => one >= (high - low) / count) ?? 86400 * Math.ceil((high - low) / count / 86400)
  const found = []
  for (let at = Math.ceil(low / step) * step; at <= high; at += step) found.push(at)
  return found
}

function frame({ width, height, left = 52, low, high, from, to, xTicks, xText, yTicks, yText, label }) {
  const bottom = height - 24
  const x = (value) => left + ((value - from) / (to - from || 1)) * (width - left - 8)
  const y = (value) => bottom - ((value - low) / (high - low || 1)) * (bottom - 10)
  const root = s(
    'svg',
    { class: 'chart', viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label },
    yTicks.map((at) => [
      s('line', { class: 'grid', x1: left, x2: width - 8, y1: y(at), y2: y(at) }),
      s('text', { x: left - 8, y: y(at) + 4, 'text-anchor': 'end' }, yText(at)),
    ]),
    xTicks.map((at) => s('text', { x: x(at), y: height - 5, 'text-anchor': 'middle' }, xText(at))),
    s('line', { class: 'axis', x1: left, x2: width - 8, y1: bottom, y2: bottom }),
  )
  return { root, x, y, bottom }
}

// points: [Unix seconds, number or null]; where nothing is known the line is interrupted.
export function throughput(points) {
  const known = points.filter(([, value]) => value !== null)
  if (known.length < 2) {
    return h('p', { class: 'empty' }, 'Measuring; the first figures come within half a minute.')
  }
  const width = WIDTH()
  const to = points.at(-1)[0]
  const from = Math.min(points[0][0], to - 120)
  const high = Math.max(...known.map(([, value]) => value)) * 1.1 || 10
  const { root, x, y, bottom } = frame({
    width, height: 190, low: 0, high, from, to,
    xTicks: timeTicks(from, to, width / 110), xText: to - from < 300 ? exactClock : clock, yTicks: ticks(0, high, 3), yText: compact,
    label: `Iterations a second from ${clock(from)} to ${clock(to)}: ${number(known.at(-1)[1])} now, ${number(Math.max(...known.map(([, v]) => v)))} at most`,
  })
  let run = []
  const draw = () => {
    if (run.length > 1) {
      const path = run.map(([at, value]) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join('L')
      root.append(
        s('path', { class: 'area', d: `M${x(run[0][0])},${bottom}L${path}L${x(run.at(-1)[0])},${bottom}Z` }),
        s('path', { class: 'line', d: `M${path}` }),
      )
    }
    run = []
  }
  for (const point of points) {
    if (point[1] === null) draw()
    else run.push(point)
  }
  draw()
  return root
}

export const KINDS = {
  done: 'computed', again: 'computed after another attempt', running: 'running', held: 'waits to be confirmed',
  disputed: 'corrected or undecided', failed: 'failed',
}

// Lanes of nodes, bars of chunks. Bars of one lane and kind are one path, so that ten thousand are few elements.
export function timeline({ lanes }, begin, now) {
  const width = WIDTH()
  const left = width < 500 ? 84 : 132
  const lane = 22
  const height = lanes.length * lane + 30
  const ends = lanes.flatMap((one) => one.bars.map((bar) => bar[1]))
  const from = Math.min(begin, ...lanes.flatMap((one) => one.bars.map((bar) => bar[0])))
  const to = Math.max(from + 10, ends.length ? ends.reduce((a, b) => Math.max(a, b)) : now)
  const { root, x } = frame({
    width, height, left, low: 0, high: 1, from, to, yTicks: [], yText: String,
    xTicks: timeTicks(from, to, (width - left) / 110), xText: to - from < 300 ? exactClock : clock,
    label: `Which node computed chunks when: ${lanes.length} lanes, ${ends.length} chunks`,
  })
  lanes.forEach((one, place) => {
    const top = place * lane + 3
    const name = one.id === null ? 'other nodes' : (one.name ?? 'a node that is gone')
    const room = Math.floor(left / 8)
    root.append(
      s('rect', { class: 'lane', x: left, y: top, width: width - left - 8, height: lane - 6, rx: 2 }),
      s('text', { x: left - 8, y: top + 12, 'text-anchor': 'end', 'unicode-bidi': 'isolate' },
        name.length > room ? `${name.slice(0, room - 1)}…` : name, s('title', {}, name)),
    )
    const rows = pack(one.bars)
    const thick = (lane - 6) / rows.count
    for (const kind of Object.keys(KINDS)) {
      const d = rows.placed.filter((bar) => bar[2] === kind).map(([start, end, , row]) => {
        const w = Math.max(x(end) - x(start) - 0.7, 0.8)
        return `M${x(start).toFixed(1)} ${(top + row * thick).toFixed(1)}h${w.toFixed(1)}v${Math.max(thick - 0.5, 0.5).toFixed(1)}h-${w.toFixed(1)}z`
      })
      if (d.length) root.append(s('path', { class: `k-${kind}`, d: d.join('') }))
    }
  })
  const seen = new Set(lanes.flatMap((one) => one.bars.map((bar) => bar[2])))
  return [root, legend(Object.entries(KINDS).filter(([kind]) => seen.has(kind)))]
}

// Bars that overlap go below each other.
function pack(bars) {
  const free = []
  const placed = bars.toSorted((a, b) => a[0] - b[0]).map(([start, end, kind]) => {
    let row = free.findIndex((at) => at <= start)
    if (row < 0) row = free.length < 8 ? free.push(0) - 1 : free.indexOf(Math.min(...free))
    free[row] = end
    return [start, end, kind, row]
  })
  return { placed, count: Math.max(free.length, 1) }
}

function legend(kinds) {
  return h('ul', { class: 'legend' }, kinds.map(([kind, text]) =>
    h('li', {}, s('svg', { class: 'chart', viewBox: '0 0 12 12', 'aria-hidden': 'true' },
      s('rect', { class: `k-${kind}`, width: 12, height: 12, rx: 3 })), text)))
}

// points: [iterations, mean, standard error or null]; the band is twice the error to either side.
export function convergence(points) {
  const width = Math.min(WIDTH(), 560)
  const rest = points.slice(Math.min(2, points.length - 2))
  const spread = (sign) => rest.map(([, mean, error]) => mean + sign * 2 * (error ?? 0))
  let [low, high] = [Math.min(...spread(-1)), Math.max(...spread(1))]
  if (low === high) [low, high] = [low - 1, high + 1]
  const from = 0
  const to = points.at(-1)[0]
  const [, mean, error] = points.at(-1)
  const yTicks = ticks(low, high, 4)
  const { root, x, y } = frame({
    width, height: 220, left: 64, low, high, from, to, yTicks, yText: figure,
    xTicks: ticks(from, to, width / 130), xText: compact,
    label: `The mean over iterations: ${figure(mean)} after ${number(to)}, with a standard error of ${figure(error)}`,
  })
  const clip = (value) => Math.min(Math.max(y(value), 10), 196).toFixed(1)
  const edge = (sign) => points.map(([n, m, e]) => `${x(n).toFixed(1)},${clip(m + sign * 2 * (e ?? 0))}`)
  root.append(
    s('path', { class: 'area', d: `M${edge(1).join('L')}L${edge(-1).reverse().join('L')}Z` }),
    s('path', { class: 'line', d: `M${points.map(([n, m]) => `${x(n).toFixed(1)},${clip(m)}`).join('L')}` }),
  )
  return root
}

export function histogram({ low, high, counts }) {
  const width = Math.min(WIDTH(), 560)
  const most = Math.max(...counts)
  const { root, x, y, bottom } = frame({
    width, height: 220, left: 48, low: 0, high: most * 1.05, from: low, to: high,
    xTicks: ticks(low, high, width / 110), xText: figure,
    yTicks: ticks(0, most, 4).filter(Number.isInteger), yText: number,
    label: `How the chunks' means lie between ${figure(low)} and ${figure(high)}; the fullest of ${counts.length} bars has ${most}`,
  })
  const step = (high - low) / counts.length
  counts.forEach((count, place) => {
    const [begin, end] = [x(low + place * step), x(low + (place + 1) * step)]
    root.append(s('rect', { class: 'bar', x: begin + 0.75, width: Math.max(end - begin - 1.5, 0.5), y: y(count), height: bottom - y(count), rx: 1.5 }))
  })
  return root
}
