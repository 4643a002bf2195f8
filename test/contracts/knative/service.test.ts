import { onEverySubject } from './on-every-subject.ts'
import { autoscalingContract, serviceContract } from './service.contract.ts'

onEverySubject('Service contract', serviceContract)
onEverySubject('Autoscaling contract', autoscalingContract)
