import type { Admin, Kafka } from 'kafkajs'

/** Asks a cluster about itself over one connection, which is made when it is needed and again after a failure. */
export interface KafkaAdmin {
  run<T>(action: (admin: Admin) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export function kafkaAdmin(client: Kafka): KafkaAdmin {
  let connecting: Promise<Admin> | undefined

  async function connect(): Promise<Admin> {
    const admin = client.admin()
    await admin.connect()
    return admin
  }

  return {
    async run(action) {
      const attempt = (connecting ??= connect())
      try {
        return await action(await attempt)
      } catch (error) {
        if (connecting === attempt) connecting = undefined
        attempt.then((admin) => admin.disconnect()).catch(() => undefined)
        throw error
      }
    },
    async close() {
      const last = await connecting?.catch(() => undefined)
      await last?.disconnect()
    },
  }
}
