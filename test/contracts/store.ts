/** A port opened on a store of its own. */
interface OpenedStore<Port> {
  readonly port: Port
  /** The same store once more, as another process would open it. */
  another(): Promise<{ readonly port: Port; close(): Promise<void> }>
  close(): Promise<void>
  /** Closes what is open and deletes the store. */
  remove(): Promise<void>
}

export type OpenStore<Port> = () => Promise<OpenedStore<Port>>
