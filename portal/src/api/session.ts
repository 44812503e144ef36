// Who is signed in, and access tokens for them. The cookie is the server's and cannot be read here; tokens are in this
// module's memory alone, last minutes, and are fetched again before they end.

import { connectionFailed, connectionWorks } from './connection'
import { ApiProblem, readProblem } from './problem'

export type Audience = 'management' | 'inference' | 'directory'

export interface User {
  name: string
  userPrincipalName: string
  id: string
  tenantId: string
}

interface Token {
  text: string
  endsAtMs: number
}

/** `expired`: a person is signed out whose page is still open. */
export type SessionState = { phase: 'unknown' } | { phase: 'signedIn'; user: User } | { phase: 'expired'; user: User }

const RENEW_BEFORE_MS = 60_000
const TIMEOUT_MS = 20_000

const tokens = new Map<Audience, Token>()
const waiting = new Map<Audience, Promise<string>>()
const listeners = new Set<() => void>()
let state: SessionState = { phase: 'unknown' }
let whenBack: { promise: Promise<void>; resolve: () => void } | undefined

// Another tab of this browser signed in or out.
const channel = new BroadcastChannel('cupola.session')
channel.onmessage = event => {
  if (event.data === 'signedIn' && state.phase === 'expired') void comeBack()
  if (event.data === 'signedOut') forget()
}

export function sessionState(): SessionState {
  return state
}

export function subscribeToSession(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function become(next: SessionState) {
  state = next
  for (const listener of listeners) listener()
}

/** A token for this audience. While nobody is signed in it waits, and the page asks the person to sign in again. */
export async function accessToken(audience: Audience): Promise<string> {
  const known = tokens.get(audience)
  if (known && known.endsAtMs - RENEW_BEFORE_MS > Date.now()) return known.text
  let fetching = waiting.get(audience)
  if (!fetching) {
    fetching = fetchToken(audience).finally(() => waiting.delete(audience))
    waiting.set(audience, fetching)
  }
  return fetching
}

/** Forgets a token that the server did not take. */
export function refuseToken(audience: Audience, text: string) {
  if (tokens.get(audience)?.text === text) tokens.delete(audience)
}

async function fetchToken(audience: Audience): Promise<string> {
  for (;;) {
    const answer = await ask('/portal/session/token', { resource: audience })
    if (answer.ok) {
      const body = (await answer.json()) as { accessToken: string; expiresOn: string; user: User }
      takeUser(body.user)
      tokens.set(audience, { text: body.accessToken, endsAtMs: Date.parse(body.expiresOn) })
      return body.accessToken
    }
    if (answer.status !== 401) {
      throw readProblem(answer.status, await answer.json().catch(() => undefined), requestIdOf(answer))
    }
    await signedOut()
  }
}

function takeUser(user: User) {
  // Somebody else's page is not gone on with: what is on it was never theirs to see.
  if (state.phase !== 'unknown' && state.user.id !== user.id) {
    location.assign('/portal')
    return
  }
  if (state.phase !== 'signedIn') become({ phase: 'signedIn', user })
  whenBack?.resolve()
  whenBack = undefined
}

// Before anything was shown the page itself goes to sign in. Later that would lose what was typed, so the person signs in
// beside it.
async function signedOut(): Promise<void> {
  tokens.clear()
  if (state.phase === 'unknown') {
    goToSignIn()
    return new Promise(() => {})
  }
  if (state.phase === 'signedIn') become({ phase: 'expired', user: state.user })
  whenBack ??= latch()
  return whenBack.promise
}

function latch() {
  let resolve = () => {}
  const promise = new Promise<void>(done => {
    resolve = done
  })
  return { promise, resolve }
}

/** Tries again after a person has signed in elsewhere; true where that worked. */
export async function comeBack(): Promise<boolean> {
  const answer = await ask('/portal/session/token', { resource: 'management' }).catch(() => undefined)
  if (!answer?.ok) return false
  const body = (await answer.json()) as { accessToken: string; expiresOn: string; user: User }
  tokens.set('management', { text: body.accessToken, endsAtMs: Date.parse(body.expiresOn) })
  takeUser(body.user)
  return true
}

/** Tells the other tabs that somebody signed in here. */
export function announceSignIn() {
  channel.postMessage('signedIn')
}

/** The page on which to sign in, and from which the person comes back. */
export function signInAddress(back = location.pathname + location.search): string {
  return `/sign-in?continue=${encodeURIComponent(back)}`
}

function goToSignIn() {
  location.assign(signInAddress())
}

/** Signs out of this browser. */
export async function signOut(): Promise<void> {
  await ask('/portal/session/end', {})
  channel.postMessage('signedOut')
  forget()
}

function forget() {
  tokens.clear()
  location.assign('/sign-in?continue=/portal')
}

function requestIdOf(answer: Response): string | undefined {
  return answer.headers.get('x-ms-request-id') ?? undefined
}

async function ask(path: string, body: unknown): Promise<Response> {
  try {
    const answer = await fetch(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      credentials: 'same-origin',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    connectionWorks()
    return answer
  } catch {
    connectionFailed()
    throw new ApiProblem('The server cannot be reached.', 0, 'ServerUnreachable', undefined)
  }
}
