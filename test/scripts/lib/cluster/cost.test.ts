import { describe, expect, it } from '@jest/globals'

import { costOf } from '../../../../scripts/lib/cluster/cost.ts'
import type { KubernetesObject } from '../../../../scripts/lib/cluster/objects.ts'
import { GIB, parseQuantity } from '../../../../scripts/lib/cluster/quantity.ts'

describe('a quantity', () => {
  it.each([
    ['500m', 0.5],
    ['2', 2],
    ['1.5Gi', 1.5 * GIB],
    ['100M', 1e8],
  ])('%s is %d', (text, value) => {
    expect(parseQuantity(text)).toBe(value)
  })

  it.each(['', 'many', '1Xi', '-1'])('refuses "%s"', (text) => {
    expect(() => parseQuantity(text)).toThrow(/is no quantity of Kubernetes/)
  })
})

function pod(namespace: string, phase: string, cpu: string, memory: string): KubernetesObject {
  const resources = { requests: { cpu, memory } }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace },
    spec: { containers: [{ resources }, {}] },
    status: { phase },
  }
}

function claim(storageClassName: string | undefined, storage: string): KubernetesObject {
  const spec = { storageClassName, resources: { requests: { storage } } }
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'c' }, spec }
}

const classes: KubernetesObject[] = [
  {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'fast' },
    parameters: { type: 'pd-ssd' },
  },
]

describe('the cost of a month', () => {
  it('adds the cluster, what pods ask for and what disks hold', () => {
    const pods = [
      pod('nowcast', 'Running', '500m', '2Gi'),
      pod('kube-system', 'Running', '4', '8Gi'),
      pod('nowcast', 'Succeeded', '4', '8Gi'),
    ]
    const cost = costOf(pods, [claim('fast', '100Gi'), claim(undefined, '10Gi')], classes)
    expect(cost).toMatchObject({ processors: 0.5, memoryGib: 2, diskGib: 110 })
    expect(cost.cluster).toBeCloseTo(73, 6)
    expect(cost.pods).toBeCloseTo((0.5 * 0.0445 + 2 * 0.0049225) * 730, 6)
    // 100 GiB of pd-ssd, and 10 of what a cluster takes when nothing is said.
    expect(cost.disks).toBeCloseTo(100 * 0.17 + 10 * 0.1, 6)
    expect(cost.total).toBeCloseTo(cost.cluster + cost.pods + cost.disks, 6)
  })
})
