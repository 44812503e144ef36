import { afterEach, beforeEach, expect, test, vi } from 'vitest'

// Each story has its own modules, because the session and the connection are the page's.
async function fresh() {
  vi.resetModules()
  return { ...(await import('./http')), ...(await import('./session')), ...(await import('./connection')) }
}

type Answer = { status: number; body?: unknown; headers?: Record<string, string> } | 'fails'

// A server: what each path answers, in turn; the last answer stays.
function serve(answers: Record<string, Answer[]>) {
  const asked: { path: string; authorization: string | null }[] = []
  const fetched = vi.fn(async (input: Request | string, init?: RequestInit) => {
    const request = typeof input === 'string' ? new Request(new URL(input, location.origin), init) : input
    const path = new URL(request.url).pathname
    asked.push({ path: path + new URL(request.url).search, authorization: request.headers.get('Authorization') })
    const list = answers[path] ?? [{ status: 404 }]
    const answer = (list.length > 1 ? list.shift() : list[0]) ?? 'fails'
    if (answer === 'fails') throw new TypeError('network')
    return new Response(JSON.stringify(answer.body ?? {}), { status: answer.status, headers: answer.headers ?? {} })
  })
  vi.stubGlobal('fetch', fetched)
  return asked
}

const user = { name: 'Ann', userPrincipalName: 'ann@x', id: 'a', tenantId: 't' }

function token(text: string, seconds = 900) {
  const expiresOn = new Date(Date.now() + seconds * 1000).toISOString()
  return { status: 200, body: { accessToken: text, expiresOn, user } }
}

const TOKEN = '/portal/session/token'

function get(path: string) {
  return new Request(new URL(path, location.origin))
}

beforeEach(() => {
  vi.useFakeTimers({ shouldAdvanceTime: true })
})

afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

test('a token is fetched once, however many ask for it, and again before it ends', async () => {
  const asked = serve({ [TOKEN]: [token('one'), token('two')], '/x': [{ status: 200 }] })
  const { send } = await fresh()
  await Promise.all([send(get('/x')), send(get('/x')), send(get('/x'))])
  expect(asked.filter(one => one.path === TOKEN)).toHaveLength(1)
  expect(asked.at(-1)).toEqual({ path: '/x?api-version=2024-10-01', authorization: 'Bearer one' })
  vi.setSystemTime(Date.now() + 850_000)
  await send(get('/x'))
  expect(asked.at(-1)?.authorization).toBe('Bearer two')
})

test('a token that is not taken is fetched anew, once', async () => {
  const asked = serve({ [TOKEN]: [token('old'), token('new')], '/x': [{ status: 401 }, { status: 200 }] })
  const { send } = await fresh()
  expect((await send(get('/x'))).status).toBe(200)
  expect(asked.map(one => one.authorization).filter(Boolean)).toEqual(['Bearer old', 'Bearer new'])
})

test('a request that is refused for good is given back', async () => {
  serve({ [TOKEN]: [token('a')], '/x': [{ status: 401 }] })
  const { send } = await fresh()
  expect((await send(get('/x'))).status).toBe(401)
})

test('reads are tried again, and changes are sent once', async () => {
  const asked = serve({
    [TOKEN]: [token('a')],
    '/x': ['fails', { status: 503 }, { status: 200 }],
    '/healthz': ['fails'],
  })
  const { send } = await fresh()
  expect((await send(get('/x'))).status).toBe(200)
  expect(asked.filter(one => one.path.startsWith('/x'))).toHaveLength(3)

  const again = serve({ [TOKEN]: [token('a')], '/y': ['fails'], '/healthz': ['fails'] })
  const change = new Request(new URL('/y', location.origin), { method: 'PUT', body: '{}' })
  await expect(send(change)).rejects.toMatchObject({ code: 'ServerUnreachable', status: 0 })
  expect(again.filter(one => one.path.startsWith('/y'))).toHaveLength(1)
})

test('a read does not go on for ever', async () => {
  const asked = serve({ [TOKEN]: [token('a')], '/x': ['fails'], '/healthz': ['fails'] })
  const { send, connection } = await fresh()
  const outcome = expect(send(get('/x'))).rejects.toMatchObject({ code: 'ServerUnreachable' })
  await vi.advanceTimersByTimeAsync(30_000)
  await outcome
  expect(asked.filter(one => one.path.startsWith('/x'))).toHaveLength(5)
  expect(connection().works).toBe(false)
})

test('an ended session is waited for, and what was asked goes on', async () => {
  const answers = {
    [TOKEN]: [token('a'), { status: 401 }, token('b')],
    '/x': [{ status: 200 }, { status: 401 }, { status: 200 }],
  }
  const asked = serve(answers)
  const { send, sessionState, comeBack } = await fresh()
  await send(get('/x'))
  const going = send(get('/x'))
  await vi.waitFor(() => expect(sessionState().phase).toBe('expired'))
  expect(await comeBack()).toBe(true)
  expect((await going).status).toBe(200)
  expect(sessionState().phase).toBe('signedIn')
  expect(asked.at(-1)?.authorization).toBe('Bearer b')
})

test('the directory and the data plane have tokens and addresses of their own', async () => {
  const asked = serve({ [TOKEN]: [token('a')], '/v1.0/me': [{ status: 200 }] })
  const { send } = await fresh()
  await send(get('/v1.0/me'), { audience: 'directory' })
  expect(asked.at(-1)?.path).toBe('/v1.0/me')
})
