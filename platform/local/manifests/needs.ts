interface Needed {
  /** The field that names it. */
  readonly path: readonly PropertyKey[]
}

/** Something a document names and another document of the folder must declare. */
export type Need =
  | (Needed & {
      readonly kind: 'destination'
      readonly of: 'Service' | 'KafkaSink'
      readonly namespace: string
      readonly name: string
    })
  | (Needed & { readonly kind: 'topic'; readonly topic: string })
  | (Needed & {
      readonly kind: 'bootstrap'
      readonly address: string
      /** Where a name without a namespace is looked up. */
      readonly namespace: string
    })
  | (Needed & {
      readonly kind: 'cluster'
      /** What the label `strimzi.io/cluster` says; undefined when it is not there. */
      readonly cluster: string | undefined
      readonly namespace: string
    })
  | (Needed & {
      readonly kind: 'Secret' | 'ConfigMap'
      readonly namespace: string
      readonly name: string
      /** Undefined: all of it. */
      readonly key: string | undefined
    })
