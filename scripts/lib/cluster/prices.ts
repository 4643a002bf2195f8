/**
 * What Google asks, in US dollars, for us-central1 without discounts: a rough guide of November 2026, to be compared with
 * https://cloud.google.com/kubernetes-engine/pricing and https://cloud.google.com/compute/disks-image-pricing before
 * anybody relies on it. Other regions ask up to half as much again.
 */
export const prices = {
  region: 'us-central1',
  asOf: '2026-11',
  /** Each hour. One zonal or Autopilot cluster of an account is free. */
  cluster: 0.1,
  /** Autopilot, general purpose: a requested processor, and a GiB of requested memory, each hour. */
  processor: 0.0445,
  memory: 0.0049225,
  /** A GiB of disk each month, by the type in its storage class. */
  disks: {
    'pd-standard': 0.04,
    'pd-balanced': 0.1,
    'pd-ssd': 0.17,
    'hyperdisk-balanced': 0.08,
    'hyperdisk-throughput': 0.005,
  },
} as const

export const HOURS_A_MONTH = 730

/** What a GiB of a disk costs a month; an unknown type is taken for the one that GKE chooses by default. */
export function diskPrice(type: string | undefined): number {
  const known: Readonly<Record<string, number>> = prices.disks
  return known[type ?? ''] ?? prices.disks['pd-balanced']
}
