import { expect, it } from '@jest/globals'
import { expand } from '../../../../platform/local/parts/expand.ts'

// The cases of k8s.io/kubernetes/third_party/forked/golang/expansion/expand_test.go that differ in kind.
const VARIABLES = { VAR_A: 'A', VAR_B: 'B', VAR_C: 'C', VAR_REF: '$(VAR_A)', VAR_EMPTY: '' }

it.each([
  ['no reference', 'no reference'],
  ['$(VAR_A)', 'A'],
  ['___$(VAR_B)___', '___B___'],
  ['$(VAR_A)$(VAR_B)-$(VAR_C)', 'AB-C'],
  ['$(VAR_EMPTY)', ''],
  ['foo-$(VAR_EMPTY)-bar', 'foo--bar'],
  ['$(VAR_REF)', '$(VAR_A)'],
  ['$(NOBODY)', '$(NOBODY)'],
  ['$$(VAR_A)', '$(VAR_A)'],
  ['$$$(VAR_A)', '$A'],
  ['$$$$(VAR_A)', '$$(VAR_A)'],
  ['$VAR_A', '$VAR_A'],
  ['$', '$'],
  ['$$', '$'],
  ['$(VAR_A', '$(VAR_A'],
  ['$()', '$()'],
  ['$(VAR_A)$(', 'A$('],
  ['$(toString)', '$(toString)'],
])('%s becomes %s', (text, expanded) => {
  expect(expand(text, VARIABLES)).toBe(expanded)
})
