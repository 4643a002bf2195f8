/**
 * Makes the children of a host those that are wanted, changing only what differs: focus, scroll position and selection
 * stay where the reader has them.
 *
 * @param {Element} host
 * @param {Iterable<Node>} wanted
 */
export function morph(host, wanted) {
  const there = [...host.childNodes]
  const nodes = [...wanted]
  for (const [index, node] of nodes.entries()) {
    const old = there[index]
    if (old === undefined) host.append(node)
    else if (!becomes(old, node)) old.replaceWith(node)
  }
  for (const old of there.slice(nodes.length)) old.remove()
}

/**
 * Whether a node could be made the wanted one, and was.
 *
 * @param {Node} old
 * @param {Node} wanted
 */
function becomes(old, wanted) {
  if (old instanceof Text && wanted instanceof Text) {
    if (old.data !== wanted.data) old.data = wanted.data
    return true
  }
  if (!(old instanceof Element && wanted instanceof Element)) return false
  if (old.tagName !== wanted.tagName) return false
  for (const name of old.getAttributeNames()) {
    if (!wanted.hasAttribute(name)) old.removeAttribute(name)
  }
  for (const { name, value } of wanted.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value)
  }
  morph(old, wanted.childNodes)
  return true
}
