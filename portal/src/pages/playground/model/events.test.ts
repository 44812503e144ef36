import { expect, test } from 'vitest'
import { events } from './events'

async function check(text: string, expected: string[]) {
  const bytes = new TextEncoder().encode(text)
  // However the network cuts them: whole, and byte by byte, through characters and ends of lines.
  for (const size of [bytes.length, 1, 3]) {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size))
        controller.close()
      },
    })
    const found: string[] = []
    for await (const event of events(body)) found.push(event)
    expect(found, `in pieces of ${size}`).toEqual(expected)
  }
}

test('events are read however they are cut', async () => {
  await check('data: {"a":1}\n\ndata: [DONE]\n\n', ['{"a":1}', '[DONE]'])
  await check('data: é→\r\n\r\ndata:x\r\n\r\n', ['é→', 'x'])
  await check(': a comment\nevent: m\ndata: one\ndata: two\n\n', ['one\ntwo'])
  await check('data: cut off', ['cut off'])
  await check('', [])
})
