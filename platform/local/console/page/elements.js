/**
 * @typedef {string | Node} Cell
 * @typedef {{ name: string, isText?: boolean }} Column
 */

/**
 * A table in a box that scrolls, also by the keyboard. The first cell of a row is its head.
 *
 * @param {string} caption
 * @param {Column[]} columns
 * @param {Cell[][]} rows
 */
export function table(caption, columns, rows) {
  const head = columns.map((column, index) => headOf('col', column.name, isLeft(column, index)))
  const body = rows.map((cells) => {
    const made = cells.map((cell, index) => {
      const column = columns[index]
      if (index === 0) return headOf('row', cell, true)
      return element('td', column?.isText === true ? 'text' : '', cell)
    })
    return element('tr', '', ...made)
  })
  const box = element(
    'div',
    'scroll',
    element(
      'table',
      '',
      ...(caption === '' ? [] : [element('caption', '', caption)]),
      element('thead', '', element('tr', '', ...head)),
      element('tbody', '', ...body),
    ),
  )
  box.tabIndex = 0
  return box
}

/**
 * @param {Column} column
 * @param {number} index
 */
function isLeft({ isText }, index) {
  return index === 0 || isText === true
}

/**
 * @param {'col' | 'row'} scope
 * @param {Cell} cell
 * @param {boolean} isText
 */
function headOf(scope, cell, isText) {
  const head = element('th', isText ? 'text' : '', cell)
  head.setAttribute('scope', scope)
  return head
}

/** @param {string[]} names */
export function figures(...names) {
  return names.map((name) => ({ name }))
}

/** @param {string[]} names */
export function texts(...names) {
  return names.map((name) => ({ name, isText: true }))
}

/** @param {string} name */
export function state(name) {
  const shown = element('span', 'state', name)
  shown.dataset['state'] = name
  return shown
}

/** @param {string[]} items */
export function listed(items) {
  return element('ul', '', ...items.map((item) => element('li', '', item)))
}

/**
 * @param {string} address
 * @param {string} text
 */
export function link(address, text) {
  if (!address.startsWith('http://')) return text
  const anchor = document.createElement('a')
  anchor.href = address
  anchor.textContent = text
  return anchor
}

/**
 * A button of a dead letter.
 *
 * @param {string} text
 * @param {string} letter
 */
export function button(text, letter) {
  const made = element('button', '', text)
  made.setAttribute('type', 'button')
  made.dataset['letter'] = letter
  return made
}

/**
 * An element; strings become text, never markup.
 *
 * @param {string} name
 * @param {string} className
 * @param {...Cell} children
 */
export function element(name, className, ...children) {
  const made = document.createElement(name)
  if (className !== '') made.className = className
  made.append(...children)
  return made
}
