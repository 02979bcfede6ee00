// Asking before something is done, doing it, and saying what came of it.
import { post } from './api.js'
import { h } from './dom.js'

export function tell(text) {
  const told = document.querySelector('#told')
  told.replaceChildren(h('p', {}, text))
  setTimeout(() => told.replaceChildren(), 7000)
}

// A button that asks; `consequence` says what will happen, in a sentence or two.
export function action({ key, label, title, consequence, confirm, path, done, danger, after }) {
  const ask = () => {
    const problem = h('p', { class: 'bad', role: 'alert' })
    problem.hidden = true
    const go = h('button', { class: `main ${danger ? 'danger' : ''}`, type: 'button' }, confirm)
    const dialog = h(
      'dialog',
      { 'aria-labelledby': 'asked' },
      h('h2', { id: 'asked' }, title),
      h('p', {}, consequence),
      problem,
      h('div', { class: 'actions' }, h('button', { type: 'button', onclick: () => dialog.close() }, 'Leave it'), go),
    )
    go.addEventListener('click', async () => {
      go.disabled = true
      try {
        const answer = await post(path)
        dialog.close()
        tell(done(answer))
        after()
      } catch (error) {
        problem.textContent = [error.message, error.hint].filter(Boolean).join('. ')
        problem.hidden = false
        go.disabled = false
      }
    })
    dialog.addEventListener('close', () => {
      dialog.remove()
      document.querySelector(`[data-key="${key}"]`)?.focus()
    })
    document.body.append(dialog)
    dialog.showModal()
  }
  return h('button', { type: 'button', class: danger ? 'danger' : '', 'data-key': key, onclick: ask }, label)
}
