import { onEverySubject } from './on-every-subject.ts'
import { pingSourceContract } from './ping-source.contract.ts'

onEverySubject('PingSource contract', pingSourceContract)
