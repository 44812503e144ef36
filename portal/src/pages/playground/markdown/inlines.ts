// What stands within a line: emphasis, code, links.

export type Inline =
  | { kind: 'text'; text: string }
  | { kind: 'code'; text: string }
  | { kind: 'strong' | 'emphasis' | 'deleted'; parts: Inline[] }
  | { kind: 'link'; address: string; parts: Inline[] }
  | { kind: 'break' }

const DEPTH_MAX = 6

// The first of these that begins earliest is taken; what is inside is read again.
const PATTERNS: readonly [RegExp, (found: RegExpExecArray, depth: number) => Inline][] = [
  [/\\([\\`*_{}[\]()#+\-.!|~>])/, found => ({ kind: 'text', text: found[1] ?? '' })],
  [/(`+)([^`]|[^`][\s\S]*?[^`])\1(?!`)/, found => ({ kind: 'code', text: (found[2] ?? '').replace(/^ (.*) $/, '$1') })],
  // A picture would be fetched from somewhere; what it is called is shown, and where it is.
  [/!?\[([^[\]]*)\]\(\s*<?([^\s()<>]*(?:\([^\s()<>]*\)[^\s()<>]*)*)>?(?:\s+"[^"]*")?\s*\)/, link],
  [
    /\*\*(?=\S)([\s\S]*?\S)\*\*(?!\*)/,
    (found, depth) => ({ kind: 'strong', parts: inlines(found[1] ?? '', depth + 1) }),
  ],
  [
    /(?<![\w])__(?=\S)([\s\S]*?\S)__(?!\w)/,
    (found, depth) => ({ kind: 'strong', parts: inlines(found[1] ?? '', depth + 1) }),
  ],
  [/~~(?=\S)([\s\S]*?\S)~~/, (found, depth) => ({ kind: 'deleted', parts: inlines(found[1] ?? '', depth + 1) })],
  [/\*(?=[^\s*])([^*]*[^\s*])\*/, (found, depth) => ({ kind: 'emphasis', parts: inlines(found[1] ?? '', depth + 1) })],
  [
    /(?<!\w)_(?=[^\s_])([^_]*[^\s_])_(?!\w)/,
    (found, depth) => ({ kind: 'emphasis', parts: inlines(found[1] ?? '', depth + 1) }),
  ],
  [/https?:\/\/[^\s<>()]*[^\s<>().,;:!?'"]/, found => anchor(found[0], [{ kind: 'text', text: found[0] }])],
  [/ {2,}\n|<br\s*\/?>/, () => ({ kind: 'break' })],
]

/** Reads a text into its parts. */
export function inlines(text: string, depth = 0): Inline[] {
  const found: Inline[] = []
  let rest = text
  while (rest !== '') {
    const next = depth < DEPTH_MAX ? earliest(rest) : undefined
    if (!next) {
      push(found, { kind: 'text', text: rest })
      break
    }
    const [match, make] = next
    if (match.index > 0) push(found, { kind: 'text', text: rest.slice(0, match.index) })
    push(found, make(match, depth))
    rest = rest.slice(match.index + match[0].length)
  }
  return found
}

function earliest(text: string) {
  let best: [RegExpExecArray, (typeof PATTERNS)[number][1]] | undefined
  for (const [pattern, make] of PATTERNS) {
    const match = pattern.exec(text)
    if (match && (!best || match.index < best[0].index)) best = [match, make]
  }
  return best
}

function push(parts: Inline[], part: Inline) {
  const last = parts.at(-1)
  if (part.kind === 'text' && last?.kind === 'text') last.text += part.text
  else parts.push(part)
}

function link(found: RegExpExecArray, depth: number): Inline {
  const [, label = '', address = ''] = found
  return anchor(address, label === '' ? [{ kind: 'text', text: address }] : inlines(label, depth + 1), found[0])
}

// Only the web is linked to: a model may write anything into an address.
function anchor(address: string, parts: Inline[], whole = address): Inline {
  try {
    const { protocol } = new URL(address)
    if (protocol === 'https:' || protocol === 'http:' || protocol === 'mailto:') return { kind: 'link', address, parts }
  } catch {
    // No address of the web.
  }
  return { kind: 'text', text: whole }
}
