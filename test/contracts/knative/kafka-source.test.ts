import { deliveryContract } from './kafka-source-delivery.contract.ts'
import { recordContract } from './kafka-source-records.contract.ts'
import { local } from './local.ts'

// No cluster that tests have runs a KafkaSource: its dispatcher is in no registry that they reach.
recordContract(local)
deliveryContract(local)
