// Merges the parts of the API's description and writes the types of the client.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import openapiTS, { astToString } from 'openapi-typescript'
import { parse } from 'yaml'

const folder = new URL('../../crates/cupola-control/openapi/', import.meta.url)
const target = new URL('../src/api/schema.d.ts', import.meta.url)

const read = async name => parse(await readFile(new URL(name, folder), 'utf8'))

const whole = await read('cupola.yaml')
for (const name of (await readdir(folder)).filter(name => name.endsWith('.yaml') && name !== 'cupola.yaml').sort()) {
  const part = await read(name)
  add(whole.paths, part.paths, name)
  for (const [kind, table] of Object.entries(part.components ?? {})) {
    whole.components[kind] ??= {}
    add(whole.components[kind], table, name)
  }
}
// The client fills it in for every request (src/api/http.ts), so no caller has to.
whole.components.parameters.ApiVersion.required = false

const header = '// Made by `npm run generate` from crates/cupola-control/openapi. Not to be edited.\n'
await writeFile(target, header + astToString(await openapiTS(whole)))

function add(table, more = {}, name) {
  for (const [key, value] of Object.entries(more)) {
    if (key in table) throw new Error(`${name}: '${key}' is there already`)
    table[key] = value
  }
}
