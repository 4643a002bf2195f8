import { kafkaSinkContract } from './kafka-sink.contract.ts'
import { local } from './local.ts'

// No cluster that tests have runs a KafkaSink: its receiver is in no registry that they reach.
kafkaSinkContract(local)
