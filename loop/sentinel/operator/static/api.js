// Talking to the sentinel: what it refuses is thrown with its message and hint.

export class Refusal extends Error {
  constructor(status, body) {
    super(body.message ?? `the sentinel answered ${status}`)
    this.status = status
    this.hint = body.hint ?? ''
  }
}

async function call(path, options) {
  let answer
  try {
    answer = await fetch(path, { cache: 'no-store', ...options })
  } catch {
    throw new Refusal(0, { message: 'the sentinel does not answer', hint: 'This page goes on trying.' })
  }
  if (answer.status === 204) return null
  const body = await answer.json().catch(() => ({}))
  if (!answer.ok) throw new Refusal(answer.status, body)
  return body
}

export const get = (path) => call(path)

export const post = (path, fields = {}) =>
  call(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(fields) })
