import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { withFieldTables } from '../platform/local/manifests/field-table.ts'

// Run it after a change of platform/local/manifests: the README says what becomes of every field.
const readme = fileURLToPath(new URL('../platform/local/README.md', import.meta.url))
await writeFile(readme, withFieldTables(await readFile(readme, 'utf8')))
console.log(`wrote the field tables of ${readme}`)
