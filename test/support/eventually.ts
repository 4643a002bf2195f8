/**
 * Waits until a probe gives something, and answers that. Rejects after the deadline (wall milliseconds), with the
 * probe's last error when it threw.
 */
export async function eventually<T>(
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  deadlineMs = 20_000,
): Promise<T> {
  const end = performance.now() + deadlineMs
  let failure: unknown
  for (;;) {
    try {
      const found = await probe()
      if (found !== undefined && found !== false) return found
      failure = undefined
    } catch (error) {
      failure = error
    }
    if (performance.now() > end) {
      throw new Error(`nothing came within ${deadlineMs} ms: ${String(probe)}`, { cause: failure })
    }
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
