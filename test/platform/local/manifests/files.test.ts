import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { manifestFiles } from '../../../../platform/local/manifests/files.ts'
import { manifestFolder } from '../../../support/manifest-folder.ts'

describe('manifestFiles', () => {
  it('reads functions, eventing and platform, in order of their paths, and nothing beside them', async () => {
    const folder = await manifestFolder({
      'platform/kafka/kafka.yaml': '',
      'functions/b/service.yaml': '',
      'functions/a/service.yml': '',
      'functions/a/index.ts': '',
      'eventing/sinks.yaml': '',
      'skaffold.yaml': '',
      'test/crds/crd.yaml': '',
    })
    expect(await manifestFiles(folder)).toEqual([
      'eventing/sinks.yaml',
      'functions/a/service.yml',
      'functions/b/service.yaml',
      'platform/kafka/kafka.yaml',
    ])
  })

  it('reads the whole folder when it has none of the three', async () => {
    const folder = await manifestFolder({ 'all.yaml': '', 'deep/er/one.yml': '' })
    expect(await manifestFiles(folder)).toEqual(['all.yaml', 'deep/er/one.yml'])
  })

  it.each([
    'functions/kustomization.yaml',
    'platform/kafka/kustomization.yml',
    'platform/overlays/dev/patch.yaml',
    'platform/kafka/components/keda/source.yaml',
    'platform/local/example.yaml',
    'functions/a/node_modules/x/y.yaml',
    'eventing/.hidden/x.yaml',
    'eventing/.hidden.yaml',
  ])('leaves out %s', async (path) => {
    const folder = await manifestFolder({ 'functions/a/service.yaml': '', [path]: '' })
    expect(await manifestFiles(folder)).toEqual(['functions/a/service.yaml'])
  })

  it('follows a link to a file, and none to a folder', async () => {
    const folder = await manifestFolder({ 'a.yaml': '', 'deep/b.yaml': '' })
    await symlink(join(folder, 'a.yaml'), join(folder, 'deep', 'linked.yaml'))
    await symlink(folder, join(folder, 'deep', 'circle'))
    expect(await manifestFiles(folder)).toEqual(['a.yaml', 'deep/b.yaml', 'deep/linked.yaml'])
  })
})
