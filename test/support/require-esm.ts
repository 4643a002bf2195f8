import vm from 'node:vm'

/** Without the flag Jest runs every module as CommonJS and says nothing. */
export default function requireEsm(): void {
  if (!('SyntheticModule' in vm)) {
    throw new Error('Run the tests with `npm test`: it passes --experimental-vm-modules to Node')
  }
}
