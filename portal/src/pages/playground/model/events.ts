// Server-sent events, as far as answers of models use them.

/** The data of every event of a stream, as it comes. Ends where the stream ends; `[DONE]` is handed out like the rest. */
export async function* events(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let left = ''
  let data: string[] = []
  try {
    for (;;) {
      const { done, value } = await reader.read()
      left += done ? decoder.decode() : decoder.decode(value, { stream: true })
      // A carriage return at the end may be half of a line's end.
      const lines = left.split(/\r\n|\n|\r(?!$)/)
      left = done ? '' : (lines.pop() ?? '')
      for (const line of lines) {
        if (line === '') {
          if (data.length > 0) yield data.join('\n')
          data = []
        } else if (line.startsWith('data:')) {
          data.push(line.slice(line[5] === ' ' ? 6 : 5))
        }
      }
      if (done) {
        if (data.length > 0) yield data.join('\n')
        return
      }
    }
  } finally {
    // Whoever stops reading lets the server know.
    await reader.cancel().catch(() => {})
  }
}
