import { describe, expect, it } from '@jest/globals'

import { banner } from '../../../scripts/lib/banner.ts'

const services = {
  persist: 'http://persist.nowcast.localhost:8080',
  predict: 'http://predict.nowcast.localhost:8080',
}

describe('the banner', () => {
  it('says where everything is and what to try next', () => {
    const addresses = { console: 'http://localhost:8080/', services, topics: ['mltest', 'mlscore'] }
    expect(banner('/work', 8080, addresses)).toBe(`
Nowcast runs /work

  console  http://localhost:8080/
  persist  http://persist.nowcast.localhost:8080
  predict  http://predict.nowcast.localhost:8080

Try next, in another terminal:
  npx nowcast tail mlscore
  npx nowcast models list
  curl -H 'Host: predict.nowcast.localhost' localhost:8080/models
  npx nowcast --help

Ctrl-C stops it.
`)
  })

  it('names the port where it is another, and only what there is', () => {
    const addresses = { console: 'http://localhost:9000/', services: {}, topics: ['orders'] }
    const text = banner('/work', 9000, addresses)
    expect(text).toContain('npx nowcast tail orders --port 9000')
    expect(text).not.toMatch(/models list|curl/)
  })
})
