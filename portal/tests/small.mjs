// Pictures of pages have few colours that matter. With a palette they are a third as large, and look the same.
import { deflateSync, inflateSync } from 'node:zlib'

const SIGNATURE = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10])
const COLOURS_MAX = 256
// Of shades this near one is enough, so that a dot of green has its place among hundreds of greys.
const NEAR = 3 * 7 * 7

/** The same picture with at most 256 colours: those that it has most of, of which no two are nearly the same, and for every other one
 * the nearest of them. Takes what the
 * browser makes: eight bits for each of red, green and blue, and perhaps an alpha, which pages do not have. */
export function small(png) {
  const { width, height, depth, kind, body } = read(png)
  const bytesOfPixel = { 2: 3, 6: 4 }[kind]
  if (depth !== 8 || !bytesOfPixel) throw new Error(`a picture of kind ${kind} with ${depth} bits is not known here`)
  const rows = unfiltered(inflateSync(body), width * bytesOfPixel, height, bytesOfPixel)

  const pixels = new Uint32Array(width * height)
  const counts = new Map()
  for (let at = 0; at < pixels.length; at += 1) {
    const from = at * bytesOfPixel
    const colour = (rows[from] << 16) | (rows[from + 1] << 8) | rows[from + 2]
    pixels[at] = colour
    counts.set(colour, (counts.get(colour) ?? 0) + 1)
  }
  const palette = paletteOf([...counts].sort(([, one], [, other]) => other - one).map(([colour]) => colour))
  const indexes = new Map(palette.map((colour, index) => [colour, index]))
  const lines = Buffer.alloc((width + 1) * height)
  for (let at = 0; at < pixels.length; at += 1) {
    const colour = pixels[at]
    let index = indexes.get(colour)
    if (index === undefined) {
      index = nearest(palette, colour)
      indexes.set(colour, index)
    }
    lines[at + Math.floor(at / width) + 1] = index
  }

  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([8, 3, 0, 0, 0], 8)
  const colours = Buffer.from(palette.flatMap(colour => [colour >> 16, (colour >> 8) & 255, colour & 255]))
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', head),
    chunk('PLTE', colours),
    chunk('IDAT', deflateSync(lines, { level: 9, memLevel: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function read(png) {
  const parts = []
  let head
  for (let at = SIGNATURE.length; at < png.length; ) {
    const length = png.readUInt32BE(at)
    const name = png.toString('latin1', at + 4, at + 8)
    const content = png.subarray(at + 8, at + 8 + length)
    if (name === 'IHDR') head = content
    if (name === 'IDAT') parts.push(content)
    at += length + 12
  }
  return {
    width: head.readUInt32BE(0),
    height: head.readUInt32BE(4),
    depth: head[8],
    kind: head[9],
    body: Buffer.concat(parts),
  }
}

// Each line says how its bytes are told: as they are, or by what is left of, above, or around them.
function unfiltered(told, length, height, bytesOfPixel) {
  const rows = Buffer.alloc(length * height)
  for (let line = 0; line < height; line += 1) {
    const filter = told[line * (length + 1)]
    for (let at = 0; at < length; at += 1) {
      const to = line * length + at
      const left = at < bytesOfPixel ? 0 : rows[to - bytesOfPixel]
      const above = line === 0 ? 0 : rows[to - length]
      const corner = line === 0 || at < bytesOfPixel ? 0 : rows[to - length - bytesOfPixel]
      rows[to] = told[line * (length + 1) + at + 1] + guess(filter, left, above, corner)
    }
  }
  return rows
}

function guess(filter, left, above, corner) {
  if (filter === 1) return left
  if (filter === 2) return above
  if (filter === 3) return (left + above) >> 1
  return filter === 4 ? paeth(left, above, corner) : 0
}

function paeth(left, above, corner) {
  const sum = left + above - corner
  const [a, b, c] = [Math.abs(sum - left), Math.abs(sum - above), Math.abs(sum - corner)]
  return a <= b && a <= c ? left : b <= c ? above : corner
}

// The commonest come first; where that leaves room, what was left out for being near comes in.
function paletteOf(commonest) {
  const palette = []
  const near = []
  for (const colour of commonest) {
    if (palette.length === COLOURS_MAX) break
    const isNear = palette.length > 0 && distance(palette[nearest(palette, colour)], colour) < NEAR
    if (isNear) near.push(colour)
    else palette.push(colour)
  }
  return [...palette, ...near.slice(0, COLOURS_MAX - palette.length)]
}

function distance(one, other) {
  const red = (one >> 16) - (other >> 16)
  const green = ((one >> 8) & 255) - ((other >> 8) & 255)
  const blue = (one & 255) - (other & 255)
  return red * red + green * green + blue * blue
}

function nearest(palette, colour) {
  let best = 0
  let bestDistance = Number.POSITIVE_INFINITY
  for (const [index, other] of palette.entries()) {
    const far = distance(other, colour)
    if (far < bestDistance) {
      best = index
      bestDistance = far
    }
  }
  return best
}

const CRC = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte
  for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? 0xedb88320 ^ (rest >>> 1) : rest >>> 1
  return rest
})

function chunk(name, content) {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), content])
  let sum = 0xffffffff
  for (const byte of named) sum = CRC[(sum ^ byte) & 255] ^ (sum >>> 8)
  const frame = Buffer.alloc(8)
  frame.writeUInt32BE(content.length, 0)
  frame.writeUInt32BE((sum ^ 0xffffffff) >>> 0, 4)
  return Buffer.concat([frame.subarray(0, 4), named, frame.subarray(4)])
}
