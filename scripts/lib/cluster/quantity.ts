const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
}

/** A Kubernetes quantity (`500m`, `1.5Gi`, `2`) as a number. Throws when it is none. */
export function parseQuantity(text: string): number {
  const [, figure, unit = ''] = /^([0-9]+(?:\.[0-9]+)?)([a-zA-Z]*)$/.exec(text) ?? []
  const factor = UNITS[unit]
  if (figure === undefined || factor === undefined) {
    throw new Error(`"${text}" is no quantity of Kubernetes, as 500m and 2Gi are`)
  }
  return Number(figure) * factor
}

export const GIB = 2 ** 30
