import { describe, expect, it } from '@jest/globals'
import { parseDocuments, renderWith, WHY_NOT_RENDERED } from '../support/kustomize.ts'
import { type End, flowOf } from '../support/policy/flow.ts'
import { podsOf } from '../support/policy/pods.ts'

const documents =
  WHY_NOT_RENDERED === undefined
    ? await renderWith('platform/overlays/production', [
        'platform/components/keda/functions',
        'platform/components/mongodb-backup',
        'platform/components/predict-ingress',
      ])
    : []
const mayReach = flowOf(documents)

const FUNCTIONS = ['evaluate', 'persist', 'predict', 'score', 'simulate', 'train']
const inKnative = (namespace: string, app: string): End => {
  return { name: app, namespace, labels: { app } }
}
const ours = (name: string, labels: Readonly<Record<string, string>>): End => {
  return { name, namespace: 'nowcast', labels }
}
/** Pods of every part, with the labels that their operators give them, and two addresses. */
const ENDS: readonly End[] = [
  ...FUNCTIONS.map((name) => ours(name, { 'serving.knative.dev/service': name })),
  ours('kafka', {
    'strimzi.io/cluster': 'nowcast',
    'strimzi.io/kind': 'Kafka',
    'strimzi.io/name': 'nowcast-kafka',
  }),
  ours('entity-operator', {
    'strimzi.io/cluster': 'nowcast',
    'strimzi.io/kind': 'Kafka',
    'strimzi.io/name': 'nowcast-entity-operator',
  }),
  ours('mongodb', { app: 'rs0-svc' }),
  ours('elasticsearch', {
    'common.k8s.elastic.co/type': 'elasticsearch',
    'elasticsearch.k8s.elastic.co/cluster-name': 'nowcast',
  }),
  ours('kibana', {
    'common.k8s.elastic.co/type': 'kibana',
    'kibana.k8s.elastic.co/name': 'nowcast',
  }),
  ours('logstash', {
    'common.k8s.elastic.co/type': 'logstash',
    'logstash.k8s.elastic.co/name': 'nowcast',
  }),
  ours('mongodb-backup', { app: 'mongodb-backup' }),
  ours('mongodb-restore', { app: 'mongodb-restore' }),
  ours('predict-ingress', { app: 'predict-ingress' }),
  ours('stranger', { app: 'stranger' }),
  inKnative('knative-serving', '3scale-kourier-gateway'),
  inKnative('knative-serving', 'activator'),
  inKnative('knative-serving', 'autoscaler'),
  inKnative('knative-eventing', 'kafka-controller'),
  inKnative('knative-eventing', 'kafka-source-dispatcher'),
  inKnative('knative-eventing', 'kafka-sink-receiver'),
  inKnative('elastic-system', 'elastic-operator'),
  inKnative('keda', 'keda-operator'),
  inKnative('default', 'neighbour'),
  { name: 'load-balancer', namespace: '', labels: {}, address: '35.191.0.0/16' },
  { name: 'internet', namespace: '', labels: {}, address: '203.0.113.1' },
]
const PORTS = [
  80, 443, 2181, 4180, 5000, 6443, 8012, 8013, 8022, 8080, 8081, 9090, 9091, 9092, 9093, 9200, 9300,
  27017,
]
/** Pods whose connections are ours to say; the rest of Knative's namespaces is Knative's. */
const isOurs = ({ namespace, name }: End): boolean =>
  namespace === 'nowcast' || name === 'kafka-sink-receiver'

const whereRendered = WHY_NOT_RENDERED === undefined ? describe : describe.skip
const because = WHY_NOT_RENDERED === undefined ? '' : ` (${WHY_NOT_RENDERED})`

/** Every connection that is open, as `from > to:port`. */
function open(ends: readonly End[], isTold: (from: End, to: End) => boolean): string[] {
  return ends.flatMap((from) =>
    ends
      .filter((to) => isTold(from, to))
      .flatMap((to) =>
        PORTS.filter((port) => mayReach(from, to, port)).map(
          (port) => `${from.name} > ${to.name}:${port}`,
        ),
      ),
  )
}

whereRendered(`the network lets through what is drawn, and nothing else${because}`, () => {
  it('to pods', () => {
    const drawn = [
      // Functions publish, and all but the simulator store.
      ...FUNCTIONS.map((name) => `${name} > kafka:9093`),
      ...['evaluate', 'persist', 'predict', 'score', 'train'].map(
        (name) => `${name} > mongodb:27017`,
      ),
      // Knative brings requests and looks at the queues.
      ...FUNCTIONS.flatMap((name) => [
        `3scale-kourier-gateway > ${name}:8012`,
        `3scale-kourier-gateway > ${name}:8013`,
        `activator > ${name}:8012`,
        `activator > ${name}:8013`,
        `autoscaler > ${name}:9090`,
      ]),
      // Sources read, sinks write, and dead letters go to a sink.
      'kafka-controller > kafka:9093',
      'kafka-source-dispatcher > kafka:9093',
      'kafka-sink-receiver > kafka:9093',
      'kafka-source-dispatcher > kafka-sink-receiver:8080',
      // The stores among themselves.
      'kafka > kafka:9090',
      'kafka > kafka:9091',
      'entity-operator > kafka:9091',
      'mongodb > mongodb:27017',
      // What shows the stream.
      'logstash > kafka:9093',
      'logstash > elasticsearch:9200',
      'kibana > elasticsearch:9200',
      'elastic-operator > elasticsearch:9200',
      'elasticsearch > elasticsearch:9200',
      'elasticsearch > elasticsearch:9300',
      // What the options add.
      'keda-operator > kafka:9093',
      'mongodb-backup > mongodb:27017',
      'mongodb-restore > mongodb:27017',
      'load-balancer > predict-ingress:4180',
      'predict-ingress > 3scale-kourier-gateway:8081',
    ]
    const isTold = (from: End, to: End): boolean =>
      to.address === undefined && (isOurs(to) || from.namespace === 'nowcast')
    const found = open(ENDS, isTold).filter((each) => !ANYWHERE.test(each))
    expect(found.toSorted()).toEqual(drawn.toSorted())
  })

  it('to the API server, a bucket and an issuer of tokens, whose addresses nobody knows', () => {
    const isTold = (from: End, to: End): boolean =>
      to.name === 'internet' && from.namespace === 'nowcast'
    expect(open(ENDS, isTold)).toEqual([
      'kafka > internet:443',
      'kafka > internet:6443',
      'entity-operator > internet:443',
      'entity-operator > internet:6443',
      'mongodb > internet:443',
      'mongodb > internet:6443',
      'mongodb-backup > internet:443',
      'mongodb-restore > internet:443',
      'predict-ingress > internet:443',
    ])
  })

  it('and every pod of the manifests is among those that were asked about', () => {
    const known = ENDS.filter(({ address }) => address === undefined).map(({ labels }) => labels)
    const unknown = podsOf(documents).filter(
      ({ labels }) =>
        !known.some((each) => Object.entries(each).every(([key, value]) => labels[key] === value)),
    )
    expect(unknown.map(({ who }) => who)).toEqual([])
  })

  describe('and more as soon as', () => {
    const endOf = (name: string): End => {
      const end = ENDS.find((each) => each.name === name)
      if (end === undefined) throw new Error(`${name} is not in the list`)
      return end
    }

    it.each([
      [
        'a listener forgets its peers',
        '"networkPolicyPeers"',
        '"peers"',
        'neighbour',
        'kafka',
        9093,
      ],
      ['policies name another port', '"port":27017', '"port":5000', 'train', 'mongodb', 5000],
      [
        'a policy selects more pods',
        '"values":["evaluate","persist","predict","score","train"]',
        '"values":["evaluate","persist","predict","score","simulate","train"]',
        'simulate',
        'mongodb',
        27017,
      ],
      [
        'nothing is denied by default',
        '["Ingress","Egress"]',
        '["Egress"]',
        'neighbour',
        'mongodb-backup',
        80,
      ],
    ])('%s', (_, written, instead, from, to, port) => {
      const changed = documents.flatMap((each) =>
        parseDocuments(JSON.stringify(each).replaceAll(written, instead)),
      )
      expect(changed).not.toEqual(documents)
      expect(mayReach(endOf(from), endOf(to), port)).toBe(false)
      expect(flowOf(changed)(endOf(from), endOf(to), port)).toBe(true)
    })
  })
})

/** Whoever may speak to any address on these ports may reach a pod there, if that one listens to him. */
const ANYWHERE =
  /^(kafka|entity-operator|mongodb|mongodb-backup|mongodb-restore|predict-ingress) > [\w-]+:(443|6443)$/
