import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { connectDatabase } from '../../functions/lib/connect.ts'
import type { Database } from '../../functions/lib/connect.ts'
import type { OpenStore } from '../contracts/store.ts'

/** Opens one port of an embedded store, each time in a folder of its own. */
export function sqliteStore<Port>(port: (database: Database) => Port): OpenStore<Port> {
  return async () => {
    const folder = await mkdtemp(join(tmpdir(), 'nowcast-'))
    const url = `sqlite:${join(folder, 'store.db')}`
    const database = await connectDatabase(url)
    let open = true
    const close = async (): Promise<void> => {
      if (open) await database.close()
      open = false
    }
    return {
      port: port(database),
      close,
      async another() {
        const again = await connectDatabase(url)
        return { port: port(again), close: () => again.close() }
      },
      async remove() {
        await close()
        await rm(folder, { recursive: true })
      },
    }
  }
}
