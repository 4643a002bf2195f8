import process from 'node:process'
import { execFileSync } from 'node:child_process'

const TIMING = `
import json, sys, time
import numpy
from sklearn.linear_model import RidgeCV
rows = numpy.array(json.load(sys.stdin))
times = []
for _ in range(5):
    start = time.thread_time()
    for _ in range(50):
        RidgeCV().fit(rows[:, :-1], rows[:, -1])
    times.append((time.thread_time() - start) / 50)
print(min(times) * 1000)
`

/**
 * Milliseconds of its thread that scikit-learn takes for a RidgeCV fit, the best of five means of 50; undefined where
 * Python does not have it.
 */
export function timeScikitLearn(rows: readonly (readonly number[])[]): number | undefined {
  const python = process.env['PYTHON'] ?? 'python3'
  try {
    const output = execFileSync(python, ['-c', TIMING], {
      input: JSON.stringify(rows),
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    const time = Number(output)
    return Number.isFinite(time) ? time : undefined
  } catch {
    return undefined
  }
}
