import { element } from './elements.js'
import { dateAndTime, whole } from './format.js'
import { parsed } from './parsed.js'

/**
 * @import {ShownLetter} from '../dead-letters.ts'
 * @import {Redrive} from '../../dead-letters/redrive.ts'
 */

/**
 * Shows a dead letter in a dialog, from where it can be sent again, when its button in the panel is pressed.
 *
 * @param {HTMLElement} panel
 * @param {HTMLDialogElement} dialog
 */
export function showLettersOf(panel, dialog) {
  // The panel's parts are made anew now and then, so the panel listens and not its buttons.
  panel.addEventListener('click', ({ target }) => {
    const id = target instanceof HTMLElement ? target.dataset['letter'] : undefined
    if (id !== undefined) void open(dialog, id)
  })
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {string} id
 * @param {string} result What was just done with it.
 */
async function open(dialog, id, result = '') {
  try {
    /** @type {ShownLetter} */
    const letter = await asked(`/api/dead/${id}`, { method: 'GET' })
    show(dialog, letter, result)
  } catch (error) {
    dialog.replaceChildren(element('p', '', sentence(error)), closer())
  }
  if (!dialog.open) dialog.showModal()
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {ShownLetter} letter
 * @param {string} result
 */
function show(dialog, letter, result) {
  const { redriven } = letter
  const answered = letter.status === null ? 'no answer' : whole(letter.status)
  const facts = [
    ['reason', letter.reason],
    ['code', letter.code],
    ['status', letter.of === 'row' ? 'none: the function left the row out' : answered],
    ['attempts', letter.attempts === null ? 'all that its source makes' : whole(letter.attempts)],
    ['stored', `${dateAndTime(letter.storedAt)}, ${whole(letter.ageSeconds)} s ago`],
    ['refused by', letter.destination],
    ['what', letter.of === 'row' ? 'one row of an event' : letter.type],
    ['event', `${letter.eventId} from ${letter.source}`],
    ['sent again', redriven === undefined ? 'never' : `${redriven.at}: ${redriven.answer}`],
  ]
  const said = element('p', 'said', result)
  said.setAttribute('role', 'status')
  dialog.replaceChildren(
    element('h2', '', `Dead letter ${letter.id}`),
    element(
      'dl',
      '',
      ...facts.flatMap(([term = '', value = '']) => [
        element('dt', '', term),
        element('dd', '', value),
      ]),
    ),
    element('pre', '', bodyOf(letter)),
    said,
    ...(redriven === undefined ? [resender(dialog, letter.id)] : []),
    closer(),
  )
}

/** @param {ShownLetter} letter */
function bodyOf({ bytes, data, data_base64: base64 }) {
  if (bytes === 0) return 'no data'
  return base64 === undefined ? JSON.stringify(data, undefined, 2) : `base64 ${base64}`
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {string} id
 */
function resender(dialog, id) {
  const button = element('button', '', 'Send it again')
  button.addEventListener('click', () => {
    button.setAttribute('disabled', '')
    void sendAgain(id).then((result) => open(dialog, id, result))
  })
  return button
}

/** @param {string} id */
async function sendAgain(id) {
  const headers = { 'content-type': 'application/json' }
  try {
    /** @type {Redrive} */
    const { detail } = await asked(`/api/dead/${id}/redrive`, { method: 'POST', headers })
    return `The letter ${detail}`
  } catch (error) {
    return sentence(error)
  }
}

function closer() {
  const form = element('form', '', element('button', '', 'Close'))
  form.setAttribute('method', 'dialog')
  return form
}

/**
 * What the console's own server answers; rejects with the detail of a problem.
 *
 * @template T
 * @param {string} path
 * @param {RequestInit} options
 * @returns {Promise<T>}
 */
async function asked(path, options) {
  const response = await fetch(path, options)
  const answer = await response.text()
  if (response.ok) return parsed(answer)
  /** @type {{ detail: string }} */
  const { detail } = parsed(answer)
  throw new Error(detail)
}

/** @param {unknown} error */
function sentence(error) {
  return error instanceof Error ? error.message : String(error)
}
