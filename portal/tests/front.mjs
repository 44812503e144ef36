// While pages are written: a front that serves what `npx vite build` made a moment ago and asks the server for everything else, so
// that no Rust has to be built in between. The gate runs without it.
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'

const DIST = new URL('../dist/', import.meta.url)
const OURS = /^\/portal(\/(?!session\/)|\?|$)/
const TYPES = { html: 'text/html', js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' }

export class Front {
  static async before(server) {
    const front = new Front()
    front.http = createServer((asked, answer) =>
      OURS.test(asked.url) ? front.file(asked, answer) : pass(server, asked, answer),
    )
    front.http.listen(0, '127.0.0.1')
    await once(front.http, 'listening')
    front.origin = `http://127.0.0.1:${front.http.address().port}`
    front.server = server
    return front
  }

  async file(asked, answer) {
    const path = new URL(asked.url, this.origin).pathname.replace(/^\/portal\/?/, '')
    const name = path.split('/').at(-1).includes('.') ? path : 'index.html'
    try {
      // The policy is the server's own, while there is one.
      this.policy ??= (await fetch(`${this.server}/portal`)).headers.get('content-security-policy')
      const bytes = await readFile(new URL(name, DIST))
      answer
        .writeHead(200, { 'content-type': TYPES[name.split('.').at(-1)], 'content-security-policy': this.policy })
        .end(bytes)
    } catch {
      answer.writeHead(404).end()
    }
  }

  close() {
    this.http.closeAllConnections()
    this.http.close()
  }
}

function pass(server, asked, answer) {
  const onward = request(server + asked.url, { method: asked.method, headers: asked.headers }, got => {
    answer.writeHead(got.statusCode, got.headers)
    got.pipe(answer)
  })
  onward.on('error', () => asked.socket.destroy())
  asked.pipe(onward)
}
