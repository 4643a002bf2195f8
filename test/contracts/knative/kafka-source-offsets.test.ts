import { offsetsContract } from './kafka-source-offsets.contract.ts'
import { local } from './local.ts'

offsetsContract(local)
