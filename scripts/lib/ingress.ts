/** The host under which a platform's gateway serves its KafkaSinks. */
export const INGRESS = 'kafka-sink-ingress.knative-eventing.localhost'
