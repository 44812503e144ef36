// Runs the stories in a real browser: node tests/run.mjs [WORDS OF THE NAMES OF FILES]
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('.', import.meta.url))
const words = process.argv.slice(2)
const files = readdirSync(folder)
  .filter(name => name.endsWith('.test.mjs') && (words.length === 0 || words.some(word => name.includes(word))))
  .map(name => folder + name)
// Each file has a server and a browser of its own; two of them at a time keep a small machine busy.
const flags = ['--test', '--test-concurrency=2', '--test-timeout=300000']
const child = spawn(process.execPath, [...flags, ...files], { stdio: 'inherit' })
child.on('exit', code => process.exit(code ?? 1))
