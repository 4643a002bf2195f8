import { describe, it } from '@jest/globals'

import { local } from './local.ts'
import { real, whyNotReal } from './real.ts'
import type { Subject } from './subject.ts'

/** Runs a contract on the local platform and, where there is one, on Knative itself. */
export function onEverySubject(name: string, contract: (subject: Subject) => void): void {
  describe(`${name}, on ${local.name}`, () => contract(local))
  describe(`${name}, on ${real.name}`, () => {
    if (whyNotReal === undefined) contract(real)
    else it.skip(`is not tested: ${whyNotReal}`, () => undefined)
  })
}
