// What the first page weighs: the scripts and styles that index.html names, and all that these import at once.
import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'

const dist = new URL('../dist/', import.meta.url)
const LIMIT_BYTES = 400 * 1000

const html = await readFile(new URL('index.html', dist), 'utf8')
const waiting = [...html.matchAll(/(?:src|href)="\/portal\/([^"]+)"/g)].map(found => found[1])
const seen = new Map()
while (waiting.length > 0) {
  const name = waiting.pop()
  if (seen.has(name)) continue
  const bytes = await readFile(new URL(name, dist))
  seen.set(name, gzipSync(bytes, { level: 9 }).length)
  if (!name.endsWith('.js')) continue
  // Static imports alone: `import(...)` comes later, when a page is opened.
  for (const found of bytes.toString().matchAll(/(?:from|import)\s*["']\.\/([^"']+\.js)["']/g)) {
    waiting.push(`assets/${found[1]}`)
  }
}
const total = [...seen.values()].reduce((sum, size) => sum + size, 0)
for (const [name, size] of seen) console.log(`${String(size).padStart(8)}  ${name}`)
console.log(`${String(total).padStart(8)}  first load, gzip; at most ${LIMIT_BYTES}`)
if (total > LIMIT_BYTES) {
  console.error('The first page is too heavy: load what it does not show with import().')
  process.exit(1)
}
